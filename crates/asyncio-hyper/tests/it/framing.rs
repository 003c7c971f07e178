//! Peers that do not keep to HTTP: each ends in a clear error on our side, and nothing else ends.

use crate::support::{Reports, mirror, peer, run};
use asyncio_hyper::Client;
use asyncio_net::open_connection;

async fn error_after(bytes: &'static [u8]) -> asyncio_hyper::Error {
    let url = peer(async move |_, writer| {
        writer.write_all(bytes).await.unwrap();
        writer.close();
    })
    .await;
    match Client::new().get(&url).await {
        Ok(response) => response.bytes().await.unwrap_err(),
        Err(error) => error,
    }
}

#[test]
fn a_server_that_closes_without_an_answer() {
    assert!(run(error_after(b"")).is_incomplete());
}

#[test]
fn a_server_that_speaks_something_else() {
    let error = run(error_after(b"220 mail.example ESMTP\r\n\r\n"));
    assert!(error.is_parse(), "{error}");
}

#[test]
fn a_head_that_is_cut_off() {
    let error = run(error_after(b"HTTP/1.1 200 OK\r\ncontent-le"));
    assert!(error.is_incomplete(), "{error}");
}

#[test]
fn a_body_shorter_than_its_length() {
    let error = run(error_after(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort"));
    assert!(error.is_incomplete(), "{error}");
}

#[test]
fn a_chunk_that_is_cut_off() {
    let error = run(error_after(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nhe",
    ));
    assert!(error.is_incomplete(), "{error}");
}

#[test]
fn a_chunk_length_that_is_no_number() {
    let error =
        run(error_after(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfive\r\nhello\r\n"));
    assert!(!error.is_connect() && !error.is_url(), "{error}");
}

#[test]
fn a_body_that_ends_with_the_connection() {
    run(async {
        let url = peer(async |_, writer| {
            writer.write_all(b"HTTP/1.0 200 OK\r\n\r\nuntil the end").await.unwrap();
            writer.close();
        })
        .await;
        let response = Client::new().get(&url).await.unwrap();
        assert_eq!(response.text().await.unwrap(), "until the end");
    });
}

#[test]
fn requests_that_are_none_are_answered_400_and_not_reported() {
    run(async {
        let reports = Reports::here();
        let server = mirror().await;
        for bytes in [
            &b"no request at all\r\n\r\n"[..],
            b"GET / HTTP/1.1\r\nhost: x\r\ncontent-length: a lot\r\n\r\n",
            b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        ] {
            let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
            writer.write(bytes);
            let answer = reader.read_to_end().await.unwrap();
            assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
        }
        assert!(reports.take().is_empty());
    });
}

#[test]
fn a_client_that_goes_away_in_the_middle_is_not_reported() {
    run(async {
        let reports = Reports::here();
        let server = mirror().await;
        for bytes in
            [&b"GET / HT"[..], b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nab"]
        {
            let (_reader, writer) = open_connection(server.local_addr()).await.unwrap();
            writer.write(bytes);
            while server.connections() == 0 {
                futures_lite::future::yield_now().await;
            }
            writer.abort();
            while server.connections() > 0 {
                futures_lite::future::yield_now().await;
            }
        }
        assert!(reports.take().is_empty());
    });
}
