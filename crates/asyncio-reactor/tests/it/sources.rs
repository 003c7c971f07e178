//! Every kind of thing that has a descriptor.

use crate::support::{fill, on_each_backend, poll, run, tcp_pair};
use asyncio_reactor::Async;
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::{AsyncReadExt, AsyncWriteExt, future};
use std::future::poll_fn;
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::pin::Pin;
use std::process::{Command, Stdio};

#[test]
fn tcp_accepts_connects_and_echoes() {
    on_each_backend(|driver| {
        let listener = Async::new(TcpListener::bind("127.0.0.1:0").unwrap()).unwrap();
        let address = listener.get_ref().local_addr().unwrap();
        let server = async {
            let (stream, _) = listener.read_with(|l| l.accept()).await?;
            let mut stream = Async::new(stream)?;
            let mut buf = Vec::new();
            stream.read_to_end(&mut buf).await?;
            stream.write_all(&buf).await
        };
        let client = async {
            let stream = Async::new(connect(address)?)?;
            stream.writable().await?;
            assert!(stream.get_ref().take_error()?.is_none());
            let big = vec![7; 3_000_000]; // more than the buffers hold, so that writes block
            (&stream).write_all(&big).await?;
            stream.get_ref().shutdown(std::net::Shutdown::Write)?;
            let mut back = Vec::new();
            (&stream).read_to_end(&mut back).await?;
            assert!(back == big);
            io::Result::Ok(())
        };
        let (served, asked) = run(driver, future::zip(server, client));
        served.unwrap();
        asked.unwrap();
    });
}

/// A connection that is begun and not waited for.
fn connect(address: std::net::SocketAddr) -> io::Result<TcpStream> {
    use rustix::net::{AddressFamily, SocketFlags, SocketType, connect, socket_with};
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(AddressFamily::INET, SocketType::STREAM, flags, None)?;
    match connect(&socket, &address) {
        Err(error) if error != rustix::io::Errno::INPROGRESS => Err(error.into()),
        _ => Ok(socket.into()),
    }
}

#[test]
fn a_refused_connection_wakes_the_writer() {
    on_each_backend(|driver| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let refused = match connect(free) {
            Err(error) => error,
            Ok(stream) => {
                let stream = Async::new(stream).unwrap();
                run(driver, stream.writable()).unwrap();
                stream.get_ref().take_error().unwrap().expect("refused")
            }
        };
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    });
}

#[test]
fn a_full_peer_blocks_the_writer_until_it_reads() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let mut ours = Async::new(ours).unwrap();
        fill(ours.get_ref());
        let mut write = ours.write(b"x");
        assert!(poll(&mut write).is_pending());
        peer.set_nonblocking(true).unwrap();
        let mut buf = vec![0; 1 << 20];
        let written = run(driver, async {
            loop {
                if let Some(written) = future::poll_once(&mut write).await {
                    return written;
                }
                let _ = peer.read(&mut buf);
                future::yield_now().await;
            }
        });
        assert_eq!(written.unwrap(), 1);
    });
}

#[test]
fn others_than_tcp_are_asked_for_writability_when_they_block() {
    on_each_backend(|driver| {
        let (ours, mut peer) = UnixStream::pair().unwrap();
        let ours = Async::new(ours).unwrap();
        // Registered for reading first, extended at the first write that blocks.
        let mut buf = [0; 1];
        assert!(poll(&mut (&ours).read(&mut buf)).is_pending());
        while ours.get_ref().write(&[0; 65_536]).is_ok() {}
        let mut write = ours.write_with(|mut io| io.write(b"x"));
        assert!(poll(&mut write).is_pending());
        peer.set_nonblocking(true).unwrap();
        let mut sink = vec![0; 1 << 20];
        while peer.read(&mut sink).is_ok() {}
        assert_eq!(run(driver, write).unwrap(), 1);
    });
}

#[test]
fn datagrams() {
    on_each_backend(|driver| {
        let a = Async::new(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
        let b = Async::new(UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
        let to = b.get_ref().local_addr().unwrap();
        let mut buf = [0; 16];
        let (sent, got) = run(
            driver,
            future::zip(
                async {
                    future::yield_now().await;
                    a.write_with(|socket| socket.send_to(b"ping", to)).await
                },
                b.read_with(|socket| socket.recv_from(&mut buf)),
            ),
        );
        assert_eq!(sent.unwrap(), 4);
        assert_eq!(got.unwrap(), (4, a.get_ref().local_addr().unwrap()));
    });
}

#[test]
fn pipes() {
    on_each_backend(|driver| {
        let (reader, writer) = io::pipe().unwrap();
        let (mut reader, mut writer) = (Async::new(reader).unwrap(), Async::new(writer).unwrap());
        let mut text = String::new();
        let (wrote, read) = run(
            driver,
            future::zip(
                async {
                    future::yield_now().await;
                    writer.write_all(b"through").await?;
                    drop(writer.into_inner()?);
                    io::Result::Ok(())
                },
                reader.read_to_string(&mut text),
            ),
        );
        wrote.unwrap();
        read.unwrap();
        assert_eq!(text, "through");
    });
}

#[test]
fn a_pipe_whose_reader_goes_wakes_the_writer() {
    on_each_backend(|driver| {
        let (reader, writer) = io::pipe().unwrap();
        let writer = Async::new(writer).unwrap();
        while writer.get_ref().write(&[0; 4096]).is_ok() {}
        let mut write = writer.write_with(|mut io| io.write(b"x"));
        assert!(poll(&mut write).is_pending());
        drop(reader);
        assert_eq!(run(driver, write).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    });
}

#[test]
fn the_pipes_of_a_child() {
    on_each_backend(|driver| {
        let mut child =
            Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdin = Async::new(child.stdin.take().unwrap()).unwrap();
        let mut stdout = Async::new(child.stdout.take().unwrap()).unwrap();
        let mut text = String::new();
        run(driver, async {
            stdin.write_all(b"meow").await.unwrap();
            drop(stdin);
            stdout.read_to_string(&mut text).await.unwrap();
        });
        assert_eq!(text, "meow");
        assert!(child.wait().unwrap().success());
    });
}

#[test]
fn vectored_reads_and_writes_are_one_call() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let parts = [IoSlice::new(b"one "), IoSlice::new(b"two "), IoSlice::new(b"three")];
        let wrote = run(driver, poll_fn(|cx| Pin::new(&mut &ours).poll_write_vectored(cx, &parts)));
        assert_eq!(wrote.unwrap(), 13);
        let mut buf = [0; 13];
        peer.read_exact(&mut buf).unwrap();
        assert_eq!(&buf, b"one two three");

        peer.write_all(b"abcdef").unwrap();
        run(driver, ours.readable()).unwrap();
        let (mut a, mut b) = ([0; 4], [0; 4]);
        let mut bufs = [IoSliceMut::new(&mut a), IoSliceMut::new(&mut b)];
        let read =
            run(driver, poll_fn(|cx| Pin::new(&mut &ours).poll_read_vectored(cx, &mut bufs)));
        assert_eq!(read.unwrap(), 6);
        assert_eq!((&a, &b[..2]), (b"abcd", &b"ef"[..]));
    });
}

#[test]
fn reads_into_uninitialised_memory() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        let mut spare = Vec::with_capacity(8);
        spare.push(b'>');
        let capacity = spare.capacity();
        assert!(poll(&mut poll_fn(|cx| ours.poll_read_spare(cx, &mut spare))).is_pending());
        peer.write_all(b"0123456789").unwrap();
        let read = run(driver, poll_fn(|cx| ours.poll_read_spare(cx, &mut spare))).unwrap();
        assert_eq!((read, spare.capacity()), (capacity - 1, capacity), "never more than it has");
        let mut rest = [MaybeUninit::uninit(); 32];
        let rest_len = run(driver, poll_fn(|cx| ours.poll_read_uninit(cx, &mut rest))).unwrap();
        assert_eq!(read + rest_len, 10);
        drop(peer);
        assert_eq!(run(driver, poll_fn(|cx| ours.poll_read_uninit(cx, &mut rest))).unwrap(), 0);
    });
}

#[test]
fn the_object_comes_back_and_can_be_taken_again() {
    on_each_backend(|driver| {
        let (ours, mut peer) = tcp_pair();
        let ours = Async::new(ours).unwrap();
        assert!(poll(&mut ours.readable()).is_pending());
        assert!(!driver.is_idle());
        let plain = ours.into_inner().unwrap();
        assert!(driver.is_idle());
        let again = Async::new_nonblocking(plain);
        assert!(poll(&mut again.readable()).is_pending());
        peer.write_all(b"x").unwrap();
        run(driver, again.readable()).unwrap();
    });
}

#[test]
fn an_unusable_descriptor_is_an_error() {
    // A socket that was shut down and closed behind our back would be a fault of the user's; the
    // error of the system has to come out nevertheless.
    struct Closed;
    impl std::os::fd::AsFd for Closed {
        fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
            // The directory of the program: nothing to wait for.
            static DIRECTORY: std::sync::OnceLock<std::fs::File> = std::sync::OnceLock::new();
            DIRECTORY.get_or_init(|| std::fs::File::open("/").unwrap()).as_fd()
        }
    }
    on_each_backend(|driver| {
        let io = Async::new_nonblocking(Closed);
        let done =
            run(driver, io.read_with(|io| rustix::io::read(io, &mut [0; 4]).map_err(Into::into)));
        assert_eq!(done.unwrap_err().kind(), io::ErrorKind::IsADirectory);
    });
}
