//! A task made and awaited.
//!
//! `cargo run --example e1_create_task`

use asyncio::{JoinError, create_task, sleep};
use std::time::Duration;

async fn my_coroutine() {
    sleep(Duration::from_secs(1)).await;
    println!("Hello");
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let task = create_task(my_coroutine());
    task.await
}
