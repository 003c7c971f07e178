//! Results and errors side by side.
//!
//! `cargo run --example d4_return_exceptions`

use asyncio::gather;
use std::io;

async fn risky_task(task_id: u32) -> io::Result<String> {
    if task_id == 2 {
        return Err(io::Error::other(format!("Task {task_id} failed")));
    }
    Ok(format!("Task {task_id} succeeded"))
}

#[asyncio::main]
async fn main() {
    let results = gather((1..4).map(risky_task)).await;

    for result in results {
        match result {
            Ok(text) => println!("{text}"),
            Err(e) => println!("Error: {e}"),
        }
    }
}
