//! Ways in which readiness goes wrong.

use crate::support::{
    Count, is_readable, on_each_backend, poll, poll_with, run, settle, tcp_pair, turn_until,
};
use asyncio_reactor::{Async, Interest};
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use rustix::io::Errno;
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::pin::Pin;
use std::task::{Context, Poll};

fn read(
    stream: &Async<TcpStream>,
    buf: &mut [u8],
    cx: &mut Context<'_>,
) -> Poll<io::Result<usize>> {
    Pin::new(&mut &*stream).poll_read(cx, buf)
}

/// Waits until the driver has been told of something, with the stream registered.
fn block(stream: &Async<TcpStream>, buf: &mut [u8]) {
    let (_, waker) = Count::new();
    assert!(read(stream, buf, &mut Context::from_waker(&waker)).is_pending());
}

#[test]
fn data_and_end_in_one_event() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        block(&ours, &mut [0; 64]);
        peer.write_all(b"hi").unwrap();
        peer.shutdown(Shutdown::Write).unwrap();
        let mut buf = [0; 64];
        // The first read is short. The second must not wait for an event that is past.
        assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 2);
        assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 0);
    });
}

#[test]
fn the_end_after_a_short_read() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        block(&ours, &mut buf);
        peer.write_all(b"hi").unwrap();
        assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 2);
        peer.shutdown(Shutdown::Write).unwrap();
        assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 0);
    });
}

#[test]
fn a_short_read_saves_the_second_attempt_and_loses_nothing() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        block(&ours, &mut buf);
        for _ in 0..100 {
            peer.write_all(b"abc").unwrap();
            assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 3);
            // Data that came after the short read, and was not reported yet.
            peer.write_all(b"de").unwrap();
            assert_eq!(run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap(), 2);
        }
    });
}

#[test]
fn more_pieces_than_one_call_takes_do_not_drain() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        block(&ours, &mut [0; 64]);
        settle(driver);
        let (_, waker) = Count::new();
        let cx = &mut Context::from_waker(&waker);

        let pieces = [IoSlice::new(b"x"); 3_000];
        let mut sent = 0;
        while sent < pieces.len() {
            let polled = Pin::new(&mut &ours).poll_write_vectored(cx, &pieces[sent..]);
            let Poll::Ready(count) = polled else { panic!("it waits where there is room") };
            sent += count.unwrap();
        }

        peer.write_all(&[0; 3_000]).unwrap();
        run(driver, ours.readable()).unwrap();
        let mut bytes = [0; 3_000];
        let mut pieces: Vec<_> = bytes.chunks_mut(1).map(IoSliceMut::new).collect();
        let mut got = 0;
        while got < 3_000 {
            let polled = Pin::new(&mut &ours).poll_read_vectored(cx, &mut pieces[got..]);
            let Poll::Ready(count) = polled else { panic!("it waits where there is data") };
            got += count.unwrap();
        }
    });
}

/// Moves one byte at a time, however many there are.
struct Sips(TcpStream);

impl AsFd for Sips {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Read for Sips {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.read(&mut buf[..1])
    }
}

impl Write for Sips {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(&buf[..1])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_type_with_its_own_idea_of_reading_is_not_drained_by_a_short_count() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let mut ours = Async::new(Sips(ours)).unwrap();
        let (_, waker) = Count::new();
        let cx = &mut Context::from_waker(&waker);
        assert!(Pin::new(&mut ours).poll_read(cx, &mut [0; 8]).is_pending());
        peer.write_all(b"abc").unwrap();
        run(driver, ours.readable()).unwrap();
        for _ in 0..3 {
            assert!(Pin::new(&mut ours).poll_read(cx, &mut [0; 8]).is_ready());
            assert!(Pin::new(&mut ours).poll_write(cx, b"abc").is_ready());
        }
    });
}

#[test]
fn a_reset_wakes_and_is_told() {
    on_each_backend(|driver| {
        let (ours, peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        block(&ours, &mut buf);
        socket2_linger_zero(&peer);
        drop(peer);
        let error = run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
        let write = poll_fn(|cx| Pin::new(&mut &ours).poll_write(cx, b"x"));
        assert!(run(driver, write).is_err());
    });
}

/// Closing will send a reset.
fn socket2_linger_zero(stream: &TcpStream) {
    let zero = Some(std::time::Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(stream, zero).unwrap();
}

#[test]
fn urgent_data_cuts_a_read_short() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        block(&ours, &mut buf);
        // A read stops at the mark: what lies behind it was there all the time and is no edge.
        peer.write_all(b"before").unwrap();
        rustix::net::send(&peer, b"!", rustix::net::SendFlags::OOB).unwrap();
        peer.write_all(b"behind").unwrap();
        let mut got = Vec::new();
        while got.len() < 12 {
            let n = run(driver, poll_fn(|cx| read(&ours, &mut buf, cx))).unwrap();
            got.extend_from_slice(&buf[..n]);
        }
        assert_eq!(got, b"beforebehind");
    });
}

#[test]
fn datagrams_are_not_drained_by_a_short_one() {
    on_each_backend(|driver| {
        let ours = UdpSocket::bind("127.0.0.1:0").unwrap();
        let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = ours.local_addr().unwrap();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        let mut receive = ours.read_with(|socket| socket.recv(&mut buf));
        assert!(poll(&mut receive).is_pending());
        drop(receive);
        for text in ["one", "three", "five5"] {
            peer.send_to(text.as_bytes(), address).unwrap();
        }
        for len in [3, 5, 5] {
            let got = run(driver, ours.read_with(|socket| socket.recv(&mut buf)));
            assert_eq!(got.unwrap(), len);
        }
    });
}

#[test]
fn unix_sockets_are_not_drained_by_a_short_read() {
    on_each_backend(|driver| {
        let (ours, peer) = UnixDatagram::pair().unwrap();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        let mut receive = ours.read_with(|socket| socket.recv(&mut buf));
        assert!(poll(&mut receive).is_pending());
        drop(receive);
        peer.send(b"a").unwrap();
        peer.send(b"b").unwrap();
        for _ in 0..2 {
            assert_eq!(run(driver, ours.read_with(|socket| socket.recv(&mut buf))).unwrap(), 1);
        }

        // On a stream, a message with descriptors ends a read although more lies behind it.
        let (ours, peer) = UnixStream::pair().unwrap();
        let mut ours = Async::new(ours).unwrap();
        assert!(poll(&mut ours.read(&mut buf)).is_pending());
        (&peer).write_all(b"plain").unwrap();
        send_descriptor(&peer, b"x");
        (&peer).write_all(b"behind").unwrap();
        let mut got = Vec::new();
        while got.len() < 12 {
            let n = run(driver, ours.read(&mut buf)).unwrap();
            got.extend_from_slice(&buf[..n]);
        }
        assert_eq!(got, b"plainxbehind");
    });
}

fn send_descriptor(stream: &UnixStream, bytes: &[u8]) {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
    use std::io::IoSlice;
    use std::mem::MaybeUninit;
    use std::os::fd::AsFd;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let fds = [stream.as_fd()];
    assert!(control.push(SendAncillaryMessage::ScmRights(&fds)));
    sendmsg(stream, &[IoSlice::new(bytes)], &mut control, SendFlags::empty()).unwrap();
}

#[test]
fn a_terminal_is_not_drained_by_a_line() {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    on_each_backend(|driver| {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let path = name.to_str().unwrap();
        let terminal = std::fs::File::options().read(true).write(true).open(path).unwrap();
        let mut reader = Async::new(terminal).unwrap();
        let mut buf = [0; 64];
        assert!(poll(&mut reader.read(&mut buf)).is_pending());
        // A read gives one line, however many there are.
        rustix::io::write(&ours, b"one\ntwo\n").unwrap();
        for line in [b"one\n", b"two\n"] {
            let n = run(driver, reader.read(&mut buf)).unwrap();
            assert_eq!(&buf[..n], line);
        }
    });
}

#[test]
fn a_failed_accept_does_not_stop_the_acceptor() {
    on_each_backend(|driver| {
        let listener = Async::new(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let address = listener.get_ref().local_addr().unwrap();
        assert!(poll(&mut listener.read_with(|l| l.accept())).is_pending());
        let _peer = TcpStream::connect(address).unwrap();
        for errno in [Errno::MFILE, Errno::CONNABORTED] {
            // The connection is still in the backlog, and no further event will tell so.
            let failed = run(driver, listener.read_with(|_| Err::<(), _>(errno.into())));
            assert_eq!(failed.unwrap_err().raw_os_error(), Some(errno.raw_os_error()));
        }
        run(driver, listener.read_with(|l| l.accept())).unwrap();
    });
}

#[test]
fn poll_io_clears_only_on_would_block() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut buf = [0; 64];
        block(&ours, &mut buf);
        peer.write_all(b"abcdef").unwrap();
        // An operation of the user's own may stop early for its own reasons.
        for expected in [b'a', b'b', b'c', b'd', b'e', b'f'] {
            let got = run(
                driver,
                poll_fn(|cx| ours.poll_io(cx, Interest::Readable, |mut io| io.read(&mut buf[..1]))),
            );
            assert_eq!((got.unwrap(), buf[0]), (1, expected));
        }
    });
}

#[test]
fn after_would_block_a_leaf_waits_although_the_peer_has_gone() {
    on_each_backend(|driver| {
        let (ours, peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        block(&ours, &mut [0; 64]);
        peer.shutdown(Shutdown::Write).unwrap();
        settle(driver);
        // An operation that says WouldBlock all the same (as TLS does) must not spin.
        let (woken, waker) = Count::new();
        let mut attempts = 0;
        let mut blocked = ours.read_with(|_| {
            attempts += 1;
            Err::<(), _>(io::ErrorKind::WouldBlock.into())
        });
        for _ in 0..100 {
            assert!(poll_with(&mut blocked, &waker).is_pending());
        }
        drop(blocked);
        assert!(attempts <= 2, "{attempts} attempts");
        settle(driver);
        assert!(woken.get() <= 3);
    });
}

#[test]
fn a_regular_file_is_ready() {
    on_each_backend(|driver| {
        let path = std::env::temp_dir().join(format!("asyncio-reactor-{}", std::process::id()));
        let mut options = std::fs::File::options();
        options.read(true).write(true).create(true).truncate(true);
        let file = Async::new(options.open(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        run(driver, async {
            (&file).write_all(b"text").await.unwrap();
            file.readable().await.unwrap();
            file.writable().await.unwrap();
            // Nobody could ever report that it is ready again, so it is tried again.
            let mut blocked = 3;
            let done = file.read_with(|_| match blocked {
                0 => Ok("done"),
                _ => {
                    blocked -= 1;
                    Err(io::ErrorKind::WouldBlock.into())
                }
            });
            assert_eq!(done.await.unwrap(), "done");
        });
    });
}

#[test]
fn a_registration_ends_before_the_descriptor_is_closed() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        // The duplicate keeps the file open, so closing alone would not end the registration.
        let duplicate = ours.try_clone().unwrap();
        let ours = Async::new(ours).unwrap();
        let (woken, waker) = Count::new();
        let mut readable = ours.readable();
        assert!(poll_with(&mut readable, &waker).is_pending());
        drop(readable);
        drop(ours);
        assert!(driver.is_idle());
        // The number is used again, and by something that has nothing to say.
        let (other, _quiet) = UnixStream::pair().unwrap();
        let other = Async::new(other).unwrap();
        let (other_woken, other_waker) = Count::new();
        let mut waiting = other.readable();
        assert!(poll_with(&mut waiting, &other_waker).is_pending());
        settle(driver);
        peer.write_all(b"late").unwrap();
        assert!(!is_readable(driver), "the system has nothing to report");
        settle(driver);
        assert_eq!((woken.get(), other_woken.get()), (0, 0));
        drop(duplicate);
    });
}

#[test]
fn a_descriptor_can_be_watched_twice() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        ours.set_nonblocking(true).unwrap();
        let (first, second) = (Async::new_nonblocking(&ours), Async::new_nonblocking(&ours));
        let ((a, wake_a), (b, wake_b)) = (Count::new(), Count::new());
        let (mut wait_a, mut wait_b) = (first.readable(), second.readable());
        assert!(poll_with(&mut wait_a, &wake_a).is_pending());
        assert!(poll_with(&mut wait_b, &wake_b).is_pending());
        peer.write_all(b"x").unwrap();
        turn_until(driver, || a.get() > 0 && b.get() > 0);
        assert!(poll(&mut wait_a).is_ready() && poll(&mut wait_b).is_ready());
        // The one that goes does not take the other's registration along.
        drop(wait_a);
        drop(first);
        let mut buf = [0; 8];
        assert_eq!((&ours).read(&mut buf).unwrap(), 1);
        let mut wait_b = second.readable();
        let (b, wake_b) = Count::new();
        assert!(poll_with(&mut wait_b, &wake_b).is_pending());
        peer.write_all(b"y").unwrap();
        turn_until(driver, || b.get() > 0);
        assert!(poll(&mut wait_b).is_ready());
    });
}

#[test]
fn readable_asks_the_system_and_not_its_memory() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        peer.write_all(b"abc").unwrap();
        run(driver, ours.readable()).unwrap();
        // Read past the reactor, to the end: `readable` has to notice.
        let mut buf = [0; 8];
        assert_eq!(ours.get_ref().read(&mut buf[..1]).unwrap(), 1);
        run(driver, ours.readable()).unwrap();
        assert_eq!(ours.get_ref().read(&mut buf).unwrap(), 2);
        assert!(poll(&mut ours.readable()).is_pending());
    });
}

#[test]
fn a_busy_source_lets_others_run() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        peer.write_all(&[0; 1000]).unwrap();
        run(driver, ours.readable()).unwrap();
        let (woken, waker) = Count::new();
        let mut cx = Context::from_waker(&waker);
        let mut reads = 0;
        while read(&ours, &mut [0; 1], &mut cx).is_ready() {
            reads += 1;
        }
        assert!((30..=32).contains(&reads), "{reads}");
        assert_eq!(woken.get(), 1, "it comes back at once");
        assert!(read(&ours, &mut [0; 1], &mut cx).is_ready());
    });
}
