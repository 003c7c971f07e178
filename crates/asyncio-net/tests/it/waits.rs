//! What a task is seen to wait for.

use crate::support::run;
use asyncio_context::WaitKind;
use asyncio_executor::create_task;
use asyncio_net::{StreamReader, StreamWriter, UnixStream, open_connection, start_server};
use futures_lite::StreamExt;
use futures_lite::future::yield_now;
use std::os::fd::{AsFd, AsRawFd};

#[test]
fn a_wait_tells_its_kind_its_descriptor_and_its_line() {
    run(async {
        let server = start_server(
            async |_reader: StreamReader, _writer: StreamWriter| {
                std::future::pending::<()>().await;
            },
            "127.0.0.1:0",
        )
        .await
        .unwrap();
        let (mut reader, mut writer) = open_connection(server.local_addr()).await.unwrap();
        let fd = reader.tcp().unwrap().as_fd().as_raw_fd() as usize;

        let line = line!() + 1;
        let reading = create_task(async move { reader.readline().await.is_ok() });
        let writing = create_task(async move { writer.write_all(&[0; 64 << 20]).await.is_ok() });
        let closing = create_task(async move { server.wait_closed().await });
        for _ in 0..3 {
            yield_now().await;
        }
        let wait = reading.task_ref().waits_for().expect("it waits");
        assert_eq!((wait.kind, wait.resource), (WaitKind::Readable, fd));
        assert!(wait.at.file().ends_with("waits.rs") && wait.at.line() == line, "{}", wait.at);
        let wait = writing.task_ref().waits_for().expect("it waits");
        assert_eq!((wait.kind, wait.resource), (WaitKind::Writable, fd));
        assert!(wait.at.line() == line + 1);
        let wait = closing.task_ref().waits_for().expect("it waits");
        assert!(wait.at.line() == line + 2);
    });
}

#[test]
fn a_stream_of_lines_waits_where_it_was_made() {
    run(async {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (mut reader, _writer) = ours.into_streams();
        let line = line!() + 1;
        let reading = create_task(async move { reader.lines().next().await.is_some() });
        yield_now().await;
        let wait = reading.task_ref().waits_for().expect("it waits");
        assert!(wait.at.file().ends_with("waits.rs") && wait.at.line() == line, "{}", wait.at);
    });
}
