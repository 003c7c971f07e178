//! A list of results.
//!
//! `cargo run --example d1_multiple_tasks`

use asyncio::{gather, sleep};
use asyncio_examples::PyList;
use std::time::Duration;

async fn task1() -> &'static str {
    sleep(Duration::from_secs(1)).await;
    "Task 1 complete"
}

async fn task2() -> &'static str {
    sleep(Duration::from_secs(2)).await;
    "Task 2 complete"
}

#[asyncio::main]
async fn main() {
    let results = gather!(task1(), task2()).await;
    println!("{}", PyList(&<[_; 2]>::from(results)));
}
