//! Blocking work in a thread pool of one's own.
//!
//! `cargo run --example e7_executor`

use asyncio::{ThreadPoolExecutor, run_in_executor};
use std::thread;
use std::time::Duration;

fn blocking_task(n: u64) -> &'static str {
    thread::sleep(Duration::from_secs(n));
    "Done"
}

async fn run_blocking_task() {
    let executor = ThreadPoolExecutor::new(4);
    match run_in_executor(&executor, || blocking_task(3)).await {
        Ok(result) => println!("{result}"),
        Err(e) => println!("Failed: {e}"),
    }
}

#[asyncio::main]
async fn main() {
    run_blocking_task().await;
}
