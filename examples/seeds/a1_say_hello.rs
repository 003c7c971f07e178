//! A coroutine that says hello, waits, and says the rest.
//!
//! `cargo run --example a1_say_hello`

use asyncio::sleep;
use std::time::Duration;

async fn say_hello() {
    println!("Hello");
    sleep(Duration::from_secs(1)).await; // stands for I/O
    println!("World");
}

fn main() {
    asyncio::run(say_hello());
}
