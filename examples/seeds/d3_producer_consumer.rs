//! A consumer that never ends: after five items the program waits for ever (stop it with Ctrl-C).
//!
//! `cargo run --example d3_producer_consumer`

use asyncio::local::Queue;
use asyncio::{gather, sleep};
use std::time::Duration;

async fn producer(queue: &Queue<String>) {
    for i in 0..5 {
        queue.put(format!("Item {i}")).await.expect("nobody shuts the queue down");
        sleep(Duration::from_millis(500)).await;
    }
}

async fn consumer(queue: &Queue<String>) {
    while let Ok(item) = queue.get().await {
        println!("Consumed: {item}");
        queue.task_done();
    }
}

#[asyncio::main]
async fn main() {
    let queue = Queue::new(0);
    gather!(producer(&queue), consumer(&queue)).await;
}
