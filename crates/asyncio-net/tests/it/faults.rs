//! Faults that happen: each ends in a clear error to whoever can act on it, and nothing else ends.

use crate::addrs::refusing;
use crate::support::run;
use asyncio_executor::create_task;
use asyncio_net::{
    StreamReader, StreamWriter, TcpListener, TcpStream, open_connection, start_server,
};
use futures_lite::future::yield_now;
use std::io::{self, ErrorKind};
use std::time::Duration;

const LOCAL: &str = "127.0.0.1:0";

#[test]
fn address_in_use() {
    run(async {
        let listener = TcpListener::bind(LOCAL).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let errors = [
            TcpListener::bind(addr).await.unwrap_err(),
            start_server(async |_, _| (), addr).await.unwrap_err(),
            // The first was bound before the second failed, and is closed again.
            start_server(async |_, _| (), vec![refusing(), addr]).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::AddrInUse);
            assert!(error.to_string().contains(&addr.to_string()), "{error}");
        }
    });
}

#[test]
fn connection_refused() {
    let addr = refusing();
    let error = run(TcpStream::connect(addr)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    assert!(error.to_string().contains(&addr.to_string()), "{error}");
}

#[test]
fn connection_reset() {
    run(async {
        let server =
            start_server(async |_: StreamReader, writer: StreamWriter| writer.abort(), LOCAL)
                .await
                .unwrap();
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        let error = io::Error::from(reader.readline().await.unwrap_err());
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    });
}

#[test]
fn peer_closes_half() {
    run(async {
        let server = start_server(
            async |mut reader: StreamReader, mut writer: StreamWriter| {
                let question = reader.read_to_end().await.unwrap();
                writer.write_all(&question).await.unwrap();
            },
            LOCAL,
        )
        .await
        .unwrap();
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(b"data and FIN");
        writer.write_eof();
        assert_eq!(reader.read_to_end().await.unwrap(), b"data and FIN");
    });
}

#[test]
fn line_over_the_limit() {
    run(async {
        let server = start_server(
            async |mut reader: StreamReader, writer: StreamWriter| {
                let answer = match reader.readline().await {
                    Err(error) if error.is_limit() => "too long\n",
                    _ => "?\n",
                };
                writer.write(answer.as_bytes());
                // What came and was not read would make closing a reset.
                writer.write_eof();
                let _ = reader.read_to_end().await;
            },
            LOCAL,
        )
        .limit(16)
        .await
        .unwrap();
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(&[b'x'; 100]);
        assert_eq!(reader.readline().await.unwrap(), b"too long\n");
    });
}

#[test]
fn a_connection_that_was_given_up_before_it_was_accepted() {
    run(async {
        let listener = TcpListener::bind(LOCAL).await.unwrap();
        let addr = listener.local_addr().unwrap();
        let gone = TcpStream::connect(addr).await.unwrap();
        gone.set_linger(Some(Duration::ZERO)).unwrap();
        drop(gone);
        let accepting = create_task(async move {
            loop {
                let (stream, peer) = listener.accept().await.unwrap();
                if stream.peer_addr().is_ok() {
                    return peer;
                }
            }
        });
        yield_now().await;
        let good = TcpStream::connect(addr).await.unwrap();
        assert_eq!(accepting.await.unwrap(), good.local_addr().unwrap());
    });
}

#[test]
fn a_connect_that_is_cancelled_closes_its_socket() {
    run(async {
        let before = descriptors();
        // A documentation address: nobody answers, or there is no route at all.
        let connecting = create_task(async { TcpStream::connect("192.0.2.1:9").await.map(drop) });
        yield_now().await;
        yield_now().await;
        connecting.cancel();
        let _ = connecting.await;
        assert!(descriptors() <= before + 4, "other tests open some meanwhile");
    });
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
