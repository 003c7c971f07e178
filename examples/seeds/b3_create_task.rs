//! Tasks run while their maker waits, not before.
//!
//! `cargo run --example b3_create_task`

use asyncio::{JoinError, create_task, sleep};
use std::time::Duration;

async fn task(name: &str, delay: u64) {
    println!("Start {name}");
    sleep(Duration::from_secs(delay)).await;
    println!("End {name}");
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let t1 = create_task(task("task1", 2));
    let t2 = create_task(task("task2", 1));
    println!("Waiting for tasks...");
    t1.await?;
    t2.await
}
