//! Counts the lines of files on a pool of two threads, never more than eight files ahead of it.
//!
//! `cargo run -p asyncio-blocking --example count_lines -- src/*.rs`

use asyncio_blocking::{Queued, ThreadPoolExecutor};
use futures_lite::future::block_on;
use std::fs;

fn main() -> std::io::Result<()> {
    let pool = ThreadPoolExecutor::builder().max_workers(2).queue_capacity(8).build()?;
    block_on(async {
        let mut files = Vec::new();
        for path in std::env::args().skip(1) {
            let name = path.clone();
            // Waits here while the queue is full.
            let count = pool.submit(move || fs::read_to_string(path).map(|s| s.lines().count()));
            files.push((name, count.await));
        }
        for (name, count) in files {
            match count.await? {
                Ok(lines) => println!("{lines:7} {name}"),
                Err(error) => println!("{name}: {error}"),
            }
        }
        pool.shutdown(Queued::Run).await;
        Ok(())
    })
}
