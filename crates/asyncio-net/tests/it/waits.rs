//! What a task is seen to wait for.

use crate::support::run;
use asyncio_context::WaitKind;
use asyncio_executor::create_task;
use asyncio_net::{
    StreamReader, StreamWriter, TcpListener, TcpStream, UdpSocket, UnixDatagram, UnixStream,
    open_connection, start_server,
};
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

#[test]
fn datagrams_and_a_look_ahead_wait_where_they_were_asked_for() {
    run(async {
        let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (unix, _peer) = UnixDatagram::pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let tcp = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let fds = [&udp as &dyn AsFd, &unix, &tcp].map(|io| io.as_fd().as_raw_fd() as usize);
        let line = line!() + 1;
        let udp = create_task(async move { udp.recv_from(&mut [0]).await.is_ok() });
        let unix = create_task(async move { unix.recv(&mut [0]).await.is_ok() });
        let tcp = create_task(async move { tcp.peek(&mut [0]).await.is_ok() });
        yield_now().await;
        for (n, task) in [udp, unix, tcp].iter().enumerate() {
            let wait = task.task_ref().waits_for().expect("it waits");
            assert_eq!((wait.kind, wait.resource), (WaitKind::Readable, fds[n]));
            assert!(wait.at.file().ends_with("waits.rs") && wait.at.line() == line + n as u32);
        }
    });
}
