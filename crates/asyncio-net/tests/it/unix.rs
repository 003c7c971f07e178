//! Unix sockets, and servers at a path.

use crate::support::run;
use asyncio_context::WaitKind;
use asyncio_executor::create_task;
use asyncio_net::{
    StreamReader, StreamWriter, UnixDatagram, UnixListener, UnixStream, open_unix_connection,
    start_unix_server,
};
use futures_lite::future::{poll_once, yield_now};
use futures_lite::{AsyncReadExt, AsyncWriteExt};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// A directory of its own for each test, removed with it.
struct Dir(PathBuf);

impl Dir {
    fn new() -> Dir {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let name = format!("asyncio-net-{}-{}", std::process::id(), LAST.fetch_add(1, Relaxed));
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        Dir(dir)
    }

    fn path(&self) -> PathBuf {
        self.0.join("socket")
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn echo(mut reader: StreamReader, writer: StreamWriter) {
    while let Ok(line) = reader.readline().await {
        if line.is_empty() {
            return;
        }
        writer.write(&line);
    }
}

async fn ask(path: &Path) -> Vec<u8> {
    let (mut reader, writer) = open_unix_connection(path).await.unwrap();
    writer.write(b"hello\n");
    reader.readline().await.unwrap()
}

#[test]
fn unx_1_5_the_same_over_a_path_which_closing_removes() {
    let dir = Dir::new();
    run(async {
        let server = start_unix_server(echo, dir.path()).await.unwrap();
        assert_eq!(server.local_path(), Some(&*dir.path()));
        assert_eq!(ask(&dir.path()).await, b"hello\n");
        server.close();
        assert!(!dir.path().exists());
        server.wait_closed().await;
    });
}

#[test]
fn unx_4_a_stale_socket_is_removed_and_another_file_is_not() {
    let dir = Dir::new();
    run(async {
        drop(std::os::unix::net::UnixListener::bind(dir.path()).unwrap());
        let server = start_unix_server(echo, dir.path()).await.unwrap();
        assert_eq!(ask(&dir.path()).await, b"hello\n");
        server.close();

        fs::write(dir.path(), "precious").unwrap();
        let error = start_unix_server(echo, dir.path()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(error.to_string().contains(dir.path().to_str().unwrap()), "{error}");
        assert_eq!(fs::read(dir.path()).unwrap(), b"precious");
    });
}

#[test]
fn unx_6_a_socket_that_was_replaced_is_left_alone() {
    let dir = Dir::new();
    run(async {
        let server = start_unix_server(echo, dir.path()).await.unwrap();
        fs::remove_file(dir.path()).unwrap();
        let other = UnixListener::bind(dir.path()).unwrap();
        server.close();
        assert!(dir.path().exists());
        drop(other);

        let gone = start_unix_server(echo, dir.0.join("gone")).await.unwrap();
        fs::remove_file(dir.0.join("gone")).unwrap();
        gone.close();
    });
}

#[test]
fn unx_7_the_file_may_be_left() {
    let dir = Dir::new();
    run(async {
        let server = start_unix_server(echo, dir.path()).cleanup_socket(false).await.unwrap();
        server.close();
        assert!(dir.path().exists());
    });
}

#[test]
fn connecting_to_nothing_names_the_path() {
    let dir = Dir::new();
    let error = run(UnixStream::connect(dir.path())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(dir.path().to_str().unwrap()), "{error}");
}

#[test]
fn connecting_waits_for_room_in_the_queue() {
    let dir = Dir::new();
    run(async {
        use socket2::{Domain, SockAddr, Socket, Type};
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None).unwrap();
        socket.bind(&SockAddr::unix(dir.path()).unwrap()).unwrap();
        socket.listen(0).unwrap();
        let listener = UnixListener::from_std(socket.into()).unwrap();
        let mut first = Vec::new();
        let waiting = loop {
            let path = dir.path();
            let task = create_task(async move { UnixStream::connect(path).await });
            yield_now().await;
            yield_now().await;
            if !task.done() {
                break task;
            }
            first.push(task.await.unwrap().unwrap());
        };
        let wait = waiting.task_ref().waits_for().expect("it waits");
        assert_eq!(wait.kind, WaitKind::Writable);
        assert!(wait.at.file().ends_with("it/unix.rs"), "{}", wait.at);
        for _ in 0..first.len() + 1 {
            listener.accept().await.unwrap();
        }
        waiting.await.unwrap().unwrap();
    });
}

#[test]
fn halves_and_traits_work_as_over_tcp() {
    run(async {
        let (a, b) = UnixStream::pair().unwrap();
        let (mut reading, _keep) = b.into_split();
        let (_, mut writing) = a.into_split();
        let big = vec![5; 1 << 20];
        let sent = big.clone();
        let sender = create_task(async move {
            writing.write_all(&sent).await.unwrap();
        });
        let mut received = Vec::new();
        reading.read_to_end(&mut received).await.unwrap();
        assert!(received == big);
        sender.await.unwrap();
    });
}

#[test]
fn datagrams_wait_for_a_full_receiver() {
    run(async {
        let (a, b) = UnixDatagram::pair().unwrap();
        let mut sent = 0u32;
        while poll_once(a.send(&sent.to_be_bytes())).await.is_some() {
            sent += 1;
        }
        let last = create_task(async move { a.send(b"last").await });
        let mut buf = [0; 8];
        for n in 0..sent {
            assert_eq!(b.recv(&mut buf).await.unwrap(), 4);
            assert_eq!(&buf[..4], n.to_be_bytes());
        }
        b.recv(&mut buf).await.unwrap();
        assert_eq!(&buf[..4], b"last");
        last.await.unwrap().unwrap();
    });
}

#[test]
fn datagrams_go_to_paths() {
    let dir = Dir::new();
    run(async {
        let a = UnixDatagram::unbound().unwrap();
        let b = UnixDatagram::bind(dir.path()).unwrap();
        a.send_to(b"x", dir.path()).await.unwrap();
        assert_eq!(b.recv_from(&mut [0; 8]).await.unwrap().0, 1);
        a.connect(dir.path()).unwrap();
        a.send(b"yz").await.unwrap();
        assert_eq!(b.recv(&mut [0; 8]).await.unwrap(), 2);
        assert!(UnixDatagram::bind(dir.path()).is_err());
    });
}
