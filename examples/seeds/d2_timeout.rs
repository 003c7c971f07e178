//! An operation that takes too long is cancelled.
//!
//! `cargo run --example d2_timeout`

use asyncio::{TimeoutError, sleep, wait_for};
use std::time::Duration;

async fn slow_operation() -> &'static str {
    sleep(Duration::from_secs(5)).await;
    "Done"
}

#[asyncio::main]
async fn main() {
    match wait_for(slow_operation(), Duration::from_secs(2)).await {
        Ok(result) => println!("{result}"),
        Err(TimeoutError { .. }) => println!("Operation timed out"),
    }
}
