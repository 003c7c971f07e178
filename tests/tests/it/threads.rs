//! How many threads a program has.

use crate::child;
use asyncio::{
    StreamReader, StreamWriter, create_task, gather, open_connection, sleep, spawn, start_server,
};
use std::time::Duration;

fn threads_of_this_process() -> usize {
    std::fs::read_dir("/proc/self/task").expect("this is Linux").count()
}

#[test]
fn the_default_mode_adds_no_thread() {
    if !child::is_child() {
        return child::must_pass("threads::the_default_mode_adds_no_thread");
    }
    let before = threads_of_this_process();
    let during = asyncio::run(async {
        let server = start_server(
            async |mut r: StreamReader, mut w: StreamWriter| {
                let line = r.readline().await.unwrap();
                w.write_all(&line).await.unwrap();
            },
            "127.0.0.1:0",
        )
        .await
        .unwrap();
        let (mut r, mut w) = open_connection(server.local_addr()).await.unwrap();
        w.write_all(b"hello\n").await.unwrap();
        assert_eq!(r.readline().await.unwrap(), b"hello\n");
        sleep(Duration::from_millis(1)).await;
        let (shared, local) = gather!(spawn(async { 1 }), create_task(async { 2 })).await;
        assert_eq!((shared.unwrap(), local.unwrap()), (1, 2));
        threads_of_this_process()
    });
    assert_eq!(during, before);
}
