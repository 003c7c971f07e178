//! One after the other: four seconds.
//!
//! `cargo run --example b4_sequential`

use asyncio::sleep;
use std::time::Duration;

async fn slow_task(name: &str, delay: u64) {
    sleep(Duration::from_secs(delay)).await;
    println!("{name} done");
}

#[asyncio::main]
async fn main() {
    slow_task("Task1", 2).await;
    slow_task("Task2", 2).await;
}
