//! What a queue answers when it has nothing to give, or no room: QEX.

use super::*;
use asyncio::{PutNowaitError, QueueShutDown};
use std::error::Error;

#[test]
fn diff_qex_1_three_errors_in_two_types_and_those_of_a_put_hold_the_item() {
    run(async {
        let queue = Queue::new(1);
        let empty: Box<dyn Error> = Box::new(queue.get_nowait().unwrap_err());
        queue.put_nowait('a').unwrap();
        let full = queue.put_nowait('b').unwrap_err();
        assert_eq!(full, PutNowaitError::QueueFull('b'));
        assert_eq!(full.into_inner(), 'b');
        let full: Box<dyn Error> = Box::new(full);
        queue.shutdown(true);
        let over: Box<dyn Error> = Box::new(queue.get().await.unwrap_err());
        let texts = [&empty, &full, &over].map(|error| error.to_string());
        assert_eq!(texts, ["the queue is empty", "the queue is full", "the queue is shut down"]);
        assert!([empty, full, over].iter().all(|error| error.source().is_none()));
        assert_eq!(queue.put('c').await.unwrap_err().into_inner(), 'c');
    });
}

#[test]
fn qex_2_the_waiting_forms_fail_by_a_shutdown_only() {
    run(async {
        let queue = Queue::new(1);
        let put: Result<(), QueueShutDown<char>> = queue.put('a').await;
        put.unwrap();
        // Full, and then empty: they wait.
        let mut put = Hand::waiting(queue.put('b'));
        let got: Result<char, QueueShutDown> = queue.get().await;
        assert_eq!(got, Ok('a'));
        assert_eq!(put.poll(), Some(Ok(())));
        assert_eq!(queue.get().await, Ok('b'));
        Hand::waiting(queue.get());
    });
}
