//! One coroutine waits for what another one sets.
//!
//! `cargo run --example e6_event`

use asyncio::local::Event;
use asyncio::{gather, sleep};
use std::time::Duration;

#[asyncio::main]
async fn main() {
    let event = Event::new();

    let wait_for_event = async {
        println!("Waiting for event...");
        event.wait().await;
        println!("Event triggered!");
    };

    let trigger_event = async {
        sleep(Duration::from_secs(2)).await;
        event.set();
    };

    gather!(wait_for_event, trigger_event).await;
}
