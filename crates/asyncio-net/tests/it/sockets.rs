//! TCP and UDP sockets by themselves.

use crate::support::run;
use asyncio_executor::create_task;
use asyncio_net::{TcpListener, TcpStream, UdpSocket};
use futures_core::Stream;
use futures_lite::future::{poll_fn, poll_once, zip};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::io::{ErrorKind, IoSlice};
use std::net::Shutdown;
use std::pin::pin;
use std::time::Duration;

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (ours, theirs) = zip(TcpStream::connect(addr), listener.accept()).await;
    (ours.unwrap(), theirs.unwrap().0)
}

#[test]
fn bytes_go_both_ways_in_any_amount() {
    run(async {
        let (mut a, mut b) = pair().await;
        let data: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
        let sent = data.clone();
        let sender = create_task(async move {
            a.write_all(&sent).await.unwrap();
            a.close().await.unwrap();
            let mut answer = Vec::new();
            a.read_to_end(&mut answer).await.unwrap();
            answer
        });
        let mut received = Vec::new();
        b.read_to_end(&mut received).await.unwrap();
        assert!(received == data);
        b.write_all(b"thanks").await.unwrap();
        drop(b);
        assert_eq!(sender.await.unwrap(), b"thanks");
    });
}

#[test]
fn vectored_writes_are_one_call() {
    run(async {
        let (a, mut b) = pair().await;
        let pieces = [IoSlice::new(b"one "), IoSlice::new(b"two "), IoSlice::new(b"three")];
        let count = poll_fn(|cx| a.poll_write_vectored(cx, &pieces)).await.unwrap();
        assert_eq!(count, 13);
        let mut buf = [0; 64];
        let count = b.read(&mut buf).await.unwrap();
        assert_eq!(&buf[..count], b"one two three");
    });
}

#[test]
fn reads_go_to_memory_that_holds_nothing() {
    run(async {
        let (mut a, b) = pair().await;
        a.write_all(b"hello").await.unwrap();
        let mut spare = Vec::with_capacity(3);
        while spare.len() < spare.capacity() {
            poll_fn(|cx| b.poll_read_spare(cx, &mut spare)).await.unwrap();
        }
        assert_eq!(spare, b"hel");
        let mut raw = [std::mem::MaybeUninit::uninit(); 16];
        assert_eq!(poll_fn(|cx| b.poll_read_uninit(cx, &mut raw)).await.unwrap(), 2);
    });
}

#[test]
fn a_peek_takes_nothing() {
    run(async {
        let (mut a, mut b) = pair().await;
        let mut buf = [0; 8];
        assert!(poll_once(b.peek(&mut buf)).await.is_none());
        a.write_all(b"hello").await.unwrap();
        assert_eq!(b.peek(&mut buf).await.unwrap(), 5);
        assert_eq!(b.read(&mut buf).await.unwrap(), 5);
    });
}

#[test]
fn data_and_the_end_in_one_event_are_both_seen() {
    run(async {
        let (mut a, mut b) = pair().await;
        let mut buf = [0; 4096];
        assert!(poll_once(b.read(&mut buf)).await.is_none());
        a.write_all(b"last words").await.unwrap();
        a.shutdown(Shutdown::Write).unwrap();
        assert_eq!(b.read(&mut buf).await.unwrap(), 10);
        assert_eq!(b.read(&mut buf).await.unwrap(), 0);
        b.write_all(b"heard").await.unwrap();
        assert_eq!(a.read(&mut buf).await.unwrap(), 5);
    });
}

#[test]
fn halves_work_in_two_tasks_and_reunite() {
    run(async {
        let (a, b) = pair().await;
        {
            let (mut from, mut to) = (b.split().0, a.split().1);
            to.write_all(b"borrowed").await.unwrap();
            let mut buf = [0; 8];
            from.read_exact(&mut buf).await.unwrap();
        }
        let (mut reading, mut writing) = b.into_split();
        let (ar, mut aw) = a.into_split();
        let echo = create_task(async move {
            let mut text = Vec::new();
            reading.read_to_end(&mut text).await.unwrap();
            (text, reading)
        });
        aw.write_all(b"hello").await.unwrap();
        writing.write_all(b"x").await.unwrap();
        drop(aw);
        let (text, reading) = echo.await.unwrap();
        assert_eq!(text, b"hello");

        let error = ar.reunite(writing).unwrap_err();
        let stream = reading.reunite(error.1).unwrap();
        assert!(stream.peer_addr().is_ok());
    });
}

#[test]
fn options_are_set() {
    run(async {
        let (a, _b) = pair().await;
        a.set_nodelay(true).unwrap();
        a.set_ttl(42).unwrap();
        a.set_linger(Some(Duration::from_secs(3))).unwrap();
        a.set_keepalive(Some(Duration::from_secs(60))).unwrap();
        assert!(a.nodelay().unwrap());
        assert_eq!(a.ttl().unwrap(), 42);
        assert_eq!(a.linger().unwrap(), Some(Duration::from_secs(3)));
        assert!(a.take_error().unwrap().is_none());
        a.set_linger(None).unwrap();
    });
}

#[test]
fn any_number_of_tasks_may_accept() {
    run(async {
        let listener = std::rc::Rc::new(TcpListener::bind("127.0.0.1:0").await.unwrap());
        let addr = listener.local_addr().unwrap();
        let tasks: Vec<_> = (0..3)
            .map(|_| {
                let listener = listener.clone();
                create_task(async move { listener.accept().await.unwrap().1 })
            })
            .collect();
        let mut clients = Vec::new();
        for _ in 0..3 {
            clients.push(TcpStream::connect(addr).await.unwrap());
        }
        let mut peers = Vec::new();
        for task in tasks {
            peers.push(task.await.unwrap());
        }
        let mut expected: Vec<_> = clients.iter().map(|c| c.local_addr().unwrap()).collect();
        expected.sort();
        peers.sort();
        assert_eq!(peers, expected);
    });
}

#[test]
fn incoming_is_a_stream() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let mut incoming = pin!(listener.incoming());
        for _ in 0..2 {
            let client = TcpStream::connect(addr).await.unwrap();
            let stream = poll_fn(|cx| incoming.as_mut().poll_next(cx)).await.unwrap().unwrap();
            assert_eq!(stream.peer_addr().unwrap(), client.local_addr().unwrap());
        }
    });
}

#[test]
fn accepted_sockets_do_not_block_and_are_not_inherited() {
    run(async {
        let (_a, b) = pair().await;
        let flags = rustix::fs::fcntl_getfl(b.get_ref()).unwrap();
        assert!(flags.contains(rustix::fs::OFlags::NONBLOCK));
        let flags = rustix::io::fcntl_getfd(b.get_ref()).unwrap();
        assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
    });
}

#[test]
fn datagrams_keep_their_borders() {
    run(async {
        let a = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let b = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let to = b.local_addr().unwrap();
        a.send_to(b"one", to).await.unwrap();
        a.send_to(b"", to).await.unwrap();
        a.send_to(b"three", to).await.unwrap();
        let mut buf = [0; 16];
        assert_eq!(b.peek_from(&mut buf).await.unwrap().0, 3);
        let mut lens = Vec::new();
        for _ in 0..3 {
            lens.push(b.recv_from(&mut buf).await.unwrap().0);
        }
        assert_eq!(lens, [3, 0, 5]);
        // A short datagram does not mean that there is no other, nor that there is.
        assert!(poll_once(b.recv_from(&mut buf)).await.is_none());

        b.connect(a.local_addr().unwrap()).await.unwrap();
        a.connect(to).await.unwrap();
        b.send(b"back").await.unwrap();
        assert_eq!(a.recv(&mut buf).await.unwrap(), 4);
        assert_eq!(a.peer_addr().unwrap(), to);
    });
}

#[test]
fn a_datagram_to_nobody_is_refused_afterwards() {
    run(async {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let gone = UdpSocket::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        socket.connect(gone).await.unwrap();
        socket.send(b"anybody?").await.unwrap();
        let error = socket.recv(&mut [0; 8]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    });
}
