//! Both at once: two seconds.
//!
//! `cargo run --example b5_concurrent`

use asyncio::{gather, sleep};
use std::time::Duration;

async fn slow_task(name: &str, delay: u64) {
    sleep(Duration::from_secs(delay)).await;
    println!("{name} done");
}

#[asyncio::main]
async fn main() {
    gather!(slow_task("Task1", 2), slow_task("Task2", 2)).await;
}
