//! Main goes on while a task works behind it.
//!
//! `cargo run --example c4_background_task`

use asyncio::{JoinError, create_task, sleep};
use std::time::Duration;

async fn background_task() {
    sleep(Duration::from_secs(3)).await;
    println!("Background Task Complete");
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let task = create_task(background_task());
    println!("Main Task Running");
    sleep(Duration::from_secs(1)).await;
    println!("Main Task Complete");
    task.await // so that the background task completes
}
