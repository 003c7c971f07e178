//! The first error ends the waiting; the other task is cancelled when the run ends.
//!
//! `cargo run --example a6_exceptions`

use asyncio::{create_task, sleep, try_gather};
use std::io;
use std::time::Duration;

async fn task(name: &str) -> io::Result<()> {
    println!("{name} started");
    sleep(Duration::from_secs(2)).await;
    println!("{name} finished");
    Ok(())
}

async fn bad_task() -> io::Result<()> {
    Err(io::Error::other("Oops!"))
}

#[asyncio::main]
async fn main() {
    let good = create_task(task("Good Task"));
    let outcome = try_gather!(
        async { good.await.expect("it neither panics nor is cancelled here") },
        bad_task()
    )
    .await;
    if let Err(e) = outcome {
        println!("Caught an error: {e}");
    }
}
