//! Three critical sections, one after the other.
//!
//! `cargo run --example e5_lock`

use asyncio::{Lock, gather, now, sleep};
use std::time::Duration;

static LOCK: Lock<()> = Lock::new(());

async fn critical_section() {
    let _guard = LOCK.lock().await;
    sleep(Duration::from_secs(1)).await;
}

#[asyncio::main]
async fn main() {
    let t = now();
    gather!(critical_section(), critical_section(), critical_section()).await;
    println!("three sections took {} seconds", (now() - t).as_secs_f64().round());
}
