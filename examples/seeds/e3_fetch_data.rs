//! A value from a coroutine.
//!
//! `cargo run --example e3_fetch_data`

use asyncio::sleep;
use std::time::Duration;

async fn fetch_data() -> &'static str {
    sleep(Duration::from_secs(2)).await;
    "Data"
}

#[asyncio::main]
async fn main() {
    let data = fetch_data().await;
    println!("{data}");
}
