//! Acquire, work, release; the release awaits, and happens also when the work fails.
//!
//! `cargo run --example d5_context_manager`

use asyncio::{scoped, sleep};
use std::time::Duration;

struct AsyncResource;

impl AsyncResource {
    async fn acquire() -> AsyncResource {
        println!("Acquiring resource");
        sleep(Duration::from_millis(500)).await;
        AsyncResource
    }

    async fn release(self) {
        println!("Releasing resource");
        sleep(Duration::from_millis(500)).await;
    }

    async fn do_work(&mut self) {
        println!("Working...");
        sleep(Duration::from_secs(1)).await;
    }
}

#[asyncio::main]
async fn main() {
    scoped(AsyncResource::acquire().await, AsyncResource::do_work, AsyncResource::release).await;
}
