//! Addresses, names and connecting.

use crate::support::run;
use asyncio_net::{AddrError, Addrs, TcpListener, TcpStream, lookup_host, open_connection};
use std::future::Future;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

#[test]
fn invalid_addresses_are_refused_with_their_text() {
    for (text, why) in [
        ("localhost", "no port"),
        ("127.0.0.1:http", "not a number"),
        ("127.0.0.1:65536", "not a number"),
        ("::1:80", "brackets"),
        ("", "no port"),
        (":80", "no host"),
        ("a\0b:80", "NUL"),
    ] {
        let error = run(TcpStream::connect(text)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text:?}: {error}");
        assert!(error.to_string().contains(why), "{text:?}: {error}");
        assert!(error.get_ref().unwrap().is::<AddrError>());
    }
    let none = run(TcpStream::connect(Vec::<SocketAddr>::new())).unwrap_err();
    assert_eq!(none.kind(), ErrorKind::InvalidInput);
}

#[test]
fn opc_6_a_literal_address_is_known_at_once() {
    for addrs in [
        Addrs::from("127.0.0.1:80"),
        Addrs::from("[::1]:80"),
        Addrs::from(("::1", 80)),
        Addrs::from(("[::1]", 80)),
        Addrs::from(("10.0.0.1".to_owned(), 80)),
        Addrs::from(SocketAddr::from(([127, 0, 0, 1], 80))),
    ] {
        let mut cx = Context::from_waker(Waker::noop());
        let lookup = pin!(lookup_host(addrs.clone()));
        assert!(matches!(lookup.poll(&mut cx), Poll::Ready(Ok(_))), "{addrs}");
    }
}

#[test]
fn opc_6_a_name_is_resolved_elsewhere() {
    run(async {
        let found = lookup_host("localhost:4242").await.unwrap();
        assert!(found.iter().all(|addr| addr.ip().is_loopback() && addr.port() == 4242));
        let error = lookup_host("no-such-host.invalid:1").await.unwrap_err();
        assert!(error.to_string().contains("no-such-host.invalid:1"), "{error}");
    });
}

#[test]
fn opc_7_addresses_are_tried_in_turn() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let good = listener.local_addr().unwrap();
        let dead = refusing();
        let stream = TcpStream::connect(vec![dead, good]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), good);
    });
}

#[test]
fn opc_9_when_all_fail_the_error_names_them_all() {
    let (a, b) = (refusing(), refusing());
    let error = run(open_connection(vec![a, b])).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let text = error.to_string();
    assert!(text.contains(&a.to_string()) && text.contains(&b.to_string()), "{text}");
}

#[test]
fn opc_10_a_local_address_that_cannot_be_had_is_named() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = listener.local_addr().unwrap();
        let from = SocketAddr::from(([192, 0, 2, 1], 0));
        let error = open_connection(to).local_addr(from).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
        assert!(error.to_string().contains("192.0.2.1:0"), "{error}");

        let from = SocketAddr::from(([127, 0, 0, 2], 0));
        let (_reader, writer) = open_connection(to).local_addr(from).await.unwrap();
        assert_eq!(writer.local_addr().unwrap().ip(), from.ip());
    });
}

#[test]
fn opc_3_a_limit_of_zero_is_refused() {
    let error = run(open_connection("127.0.0.1:1").limit(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn opc_13_small_packets_are_sent_at_once() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (reader, _writer) = open_connection(listener.local_addr().unwrap()).await.unwrap();
        assert!(reader.tcp().unwrap().nodelay().unwrap());
    });
}

/// An address where nobody listens: the port was given to us a moment ago.
pub(crate) fn refusing() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
