//! A coroutine that says hello, waits, and says the rest.
//!
//! `cargo run --example b1_coroutine`

use asyncio::sleep;
use std::time::Duration;

async fn say_hello() {
    println!("Hello...");
    sleep(Duration::from_secs(1)).await; // stands for I/O
    println!("...world!");
}

fn main() {
    asyncio::run(say_hello());
}
