//! A group in which one child fails while another has something to clean up.
//!
//! `cargo run -p asyncio-task --example clean_up`

use asyncio_task::{TaskGroup, sleep, with_cleanup};
use std::future::pending;
use std::time::Duration;

fn main() {
    futures_lite::future::block_on(async {
        let books = ["poems".to_string(), "letters".to_string()];

        let ended = TaskGroup::run(async |g| {
            g.create_task(with_cleanup(pending::<()>(), async || {
                sleep(Duration::from_millis(1)).await; // clean-up may await
                println!("{} put back", books[0]); // and children may borrow
            }));
            g.create_task(async { books[1].parse::<u32>() }).named("reader");
        })
        .await;

        println!("{}", ended.unwrap_err());
    });
}
