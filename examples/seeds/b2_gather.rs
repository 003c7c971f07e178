//! What finishes first is what waits least.
//!
//! `cargo run --example b2_gather`

use asyncio::{gather, sleep};
use std::time::Duration;

async fn task(name: &str, delay: u64) {
    println!("Starting {name}");
    sleep(Duration::from_secs(delay)).await;
    println!("Finished {name} after {delay} seconds");
}

#[asyncio::main]
async fn main() {
    gather!(task("A", 2), task("B", 1), task("C", 3)).await;
}
