//! Blocking code beside the loop.
//!
//! `cargo run --example c7_run_in_executor`

use asyncio::{Event, gather, get_running_loop, sleep};
use std::thread;
use std::time::Duration;

/// Python's executor has its thread running before it returns. Ours does not wait for that, so
/// where the order of the first two lines matters, the program says so.
static BLOCKING_STARTED: Event = Event::new();

async fn async_task() {
    BLOCKING_STARTED.wait().await;
    println!("Starting async task");
    sleep(Duration::from_secs(2)).await;
    println!("Async task complete");
}

fn blocking_task() {
    println!("Starting blocking task");
    BLOCKING_STARTED.set();
    thread::sleep(Duration::from_secs(3));
    println!("Blocking task complete");
}

#[asyncio::main]
async fn main() {
    let blocking = get_running_loop().run_in_executor(None, blocking_task);
    let (_, blocked) = gather!(async_task(), blocking).await;
    blocked.expect("blocking_task does not panic");
}
