//! Three coroutines at once.
//!
//! `cargo run --example a5_gather`

use asyncio::{gather, sleep};
use std::time::Duration;

async fn task(name: &str) {
    println!("{name} started");
    sleep(Duration::from_secs(2)).await;
    println!("{name} finished");
}

#[asyncio::main]
async fn main() {
    gather!(task("A"), task("B"), task("C")).await;
}
