//! A producer and a consumer joined by a queue; the consumer is cancelled when all is done.
//!
//! `cargo run --example c6_queue`

use asyncio::local::Queue;
use asyncio::{JoinError, create_task, sleep};
use std::rc::Rc;
use std::time::Duration;

async fn producer(queue: Rc<Queue<u32>>) {
    for i in 0..5 {
        sleep(Duration::from_secs(1)).await;
        queue.put(i).await.expect("nobody shuts the queue down");
        println!("Produced: {i}");
    }
}

async fn consumer(queue: Rc<Queue<u32>>) {
    while let Ok(item) = queue.get().await {
        println!("Consumed: {item}");
        queue.task_done();
    }
}

#[asyncio::main]
async fn main() -> Result<(), JoinError> {
    let queue = Rc::new(Queue::new(0));
    let producers = create_task(producer(queue.clone()));
    let consumers = create_task(consumer(queue.clone()));
    producers.await?;
    queue.join().await;
    consumers.cancel();
    Ok(())
}
