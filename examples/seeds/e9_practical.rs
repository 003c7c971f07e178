//! Tasks and blocking work at once.
//!
//! `cargo run --example e9_practical`

use asyncio::{Event, JoinError, ThreadPoolExecutor, create_task, run_in_executor, sleep};
use std::thread;
use std::time::Duration;

/// Python's executor has its thread running before it returns; here the tasks wait for that.
static SYNC_STARTED: Event = Event::new();

async fn async_task(name: &str) {
    SYNC_STARTED.wait().await;
    println!("Async task {name} started");
    sleep(Duration::from_secs(2)).await;
    println!("Async task {name} finished");
}

fn sync_task(name: &str) {
    println!("Sync task {name} started");
    SYNC_STARTED.set();
    thread::sleep(Duration::from_secs(3));
    println!("Sync task {name} finished");
}

async fn run_sync_task(name: &'static str) {
    let executor = ThreadPoolExecutor::new(4);
    run_in_executor(&executor, || sync_task(name)).await.expect("sync_task does not panic");
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let task1 = create_task(async_task("1"));
    let task2 = create_task(async_task("2"));

    run_sync_task("sync").await;

    task1.await?;
    task2.await
}
