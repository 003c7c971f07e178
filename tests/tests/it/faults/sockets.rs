//! Peers and systems that misbehave.

use crate::child;
use asyncio::net::{TcpListener, TcpStream};
use asyncio::{
    StreamReader, StreamWriter, get_running_loop, open_connection, sleep, start_server, to_thread,
};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

async fn echo_lines(mut r: StreamReader, mut w: StreamWriter) {
    while let Ok(line) = r.readline().await {
        if line.is_empty() || w.write_all(&line).await.is_err() {
            return;
        }
    }
}

/// Says hello to an echo server from a thread, as a client of any kind would.
async fn hello(address: SocketAddr) {
    let answer = to_thread(move || {
        let mut stream = std::net::TcpStream::connect(address)?;
        stream.write_all(b"hello\n")?;
        let mut answer = [0; 6];
        stream.read_exact(&mut answer).map(|()| answer)
    });
    assert_eq!(&answer.await.unwrap().unwrap(), b"hello\n");
}

#[test]
fn an_address_in_use() {
    asyncio::run(async {
        let server = start_server(echo_lines, "127.0.0.1:0").await.unwrap();
        let address = server.local_addr();
        let error = start_server(echo_lines, address).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().contains(&address.to_string()), "{error}");
        hello(address).await;
    });
}

#[test]
fn a_connection_refused() {
    asyncio::run(async {
        // Bound and closed again: nobody listens there.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = open_connection(free).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        assert!(error.to_string().contains(&free.to_string()), "{error}");
    });
}

#[test]
fn an_invalid_address() {
    asyncio::run(async {
        for bad in ["127.0.0.1", "127.0.0.1:99999", "no port here", ""] {
            let error = open_connection(bad).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{bad:?}: {error}");
        }
    });
}

#[test]
fn a_connection_reset() {
    asyncio::run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let peer = to_thread(move || {
            let stream = std::net::TcpStream::connect(address).unwrap();
            // Closed with a linger of zero: the peer sees a reset.
            rustix::net::sockopt::set_socket_linger(&stream, Some(Duration::ZERO)).unwrap();
        });
        let (accepted, closed) = asyncio::gather!(listener.accept(), peer).await;
        closed.unwrap();
        let (stream, _) = accepted.unwrap();
        let mut buffer = [0; 8];
        let error = futures_lite::AsyncReadExt::read(&mut &stream, &mut buffer).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        // The listener is none the worse.
        let (again, _) = asyncio::gather!(TcpStream::connect(address), listener.accept()).await;
        again.unwrap();
    });
}

#[test]
fn a_peer_that_closes_half() {
    asyncio::run(async {
        let server = start_server(
            async |mut r: StreamReader, mut w: StreamWriter| {
                let all = r.read_to_end().await.unwrap();
                w.write_all(&all).await.unwrap();
            },
            "127.0.0.1:0",
        )
        .await
        .unwrap();
        let (mut r, mut w) = open_connection(server.local_addr()).await.unwrap();
        w.write_all(b"all of it").await.unwrap();
        w.write_eof();
        assert_eq!(r.read_to_end().await.unwrap(), b"all of it");
    });
}

#[test]
fn emfile_at_accept_is_survived_and_said() {
    if !child::is_child() {
        return child::must_pass("faults::sockets::emfile_at_accept_is_survived_and_said");
    }
    asyncio::run(async {
        let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
        let to = seen.clone();
        get_running_loop().set_exception_handler(
            move |_: &asyncio::LoopRef, report: asyncio::Report| {
                to.borrow_mut().push(report.to_string());
            },
        );
        let server = start_server(echo_lines, "127.0.0.1:0").await.unwrap();
        let address = server.local_addr();
        hello(address).await;
        // The client's socket is the last descriptor there is.
        let client = std::net::TcpStream::connect(address).unwrap();
        let used = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
        let second = std::net::TcpStream::connect(address).unwrap();
        let limit = getrlimit(Resource::Nofile);
        setrlimit(Resource::Nofile, Rlimit { current: Some(used), ..limit }).unwrap();
        while seen.borrow().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        setrlimit(Resource::Nofile, limit).unwrap();
        drop((client, second));
        hello(address).await;
        let seen = seen.borrow();
        assert!(seen[0].contains("accept"), "{seen:?}");
    });
}
