//! The results of two coroutines.
//!
//! `cargo run --example e2_gather_results`

use asyncio::{gather, sleep};
use asyncio_examples::PyList;
use std::time::Duration;

async fn coro1() -> &'static str {
    sleep(Duration::from_secs(1)).await;
    "Result 1"
}

async fn coro2() -> &'static str {
    sleep(Duration::from_secs(2)).await;
    "Result 2"
}

#[asyncio::main]
async fn main() {
    let results = gather!(coro1(), coro2()).await;
    println!("{}", PyList(&<[_; 2]>::from(results)));
}
