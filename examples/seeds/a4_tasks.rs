//! Two tasks that wait at the same time.
//!
//! `cargo run --example a4_tasks`

use asyncio::{JoinError, create_task, sleep};
use std::time::Duration;

async fn task(name: &str) {
    println!("{name} started");
    sleep(Duration::from_secs(2)).await;
    println!("{name} finished");
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let t1 = create_task(task("Task 1"));
    let t2 = create_task(task("Task 2"));

    t1.await?;
    t2.await
}
