//! The event loop started by an attribute.
//!
//! `cargo run --example a3_event_loop`

use asyncio::sleep;
use std::time::Duration;

async fn say_hello() {
    println!("Hello");
    sleep(Duration::from_secs(1)).await;
    println!("World");
}

#[asyncio::main]
async fn main() {
    say_hello().await;
}
