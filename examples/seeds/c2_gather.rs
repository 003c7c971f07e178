//! The shorter sleep prints first.
//!
//! `cargo run --example c2_gather`

use asyncio::{gather, sleep};
use std::time::Duration;

async fn task1() {
    sleep(Duration::from_secs(2)).await;
    println!("Task 1 complete");
}

async fn task2() {
    sleep(Duration::from_secs(1)).await;
    println!("Task 2 complete");
}

#[asyncio::main]
async fn main() {
    gather!(task1(), task2()).await;
}
