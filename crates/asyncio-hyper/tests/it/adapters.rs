//! What hyper is given.

use crate::support::{run, run_virtual};
use asyncio_executor::create_task;
use asyncio_hyper::http::{Request, Response};
use asyncio_hyper::hyper::{self, rt::Executor, rt::Timer, service::service_fn};
use asyncio_hyper::{
    AsyncIo, Client, HttpServer, LoopExecutor, LoopTimer, SharedExecutor, SocketIo, connect,
};
use asyncio_net::{TcpStream, UnixStream};
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::io::ErrorKind;
use std::rc::Rc;
use std::time::Duration;

fn io_type<
    T: hyper::rt::Read + hyper::rt::Write + Send + Sync + Unpin + std::fmt::Debug + 'static,
>() {
}

#[test]
fn adapters_go_anywhere() {
    io_type::<SocketIo<TcpStream>>();
    io_type::<SocketIo<UnixStream>>();
    io_type::<AsyncIo<TcpStream>>();
    fn sendable<T: Send>(_: T) {}
    sendable(connect(&"http://localhost/".parse().unwrap()));
    fn server_type<T: std::fmt::Debug + 'static>() {}
    server_type::<HttpServer>();
    server_type::<Client>();
}

/// A request and its response over a pair of sockets, and large enough that reads and writes are
/// cut in pieces.
async fn exchange<I, J>(a: I, b: J)
where
    I: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
    J: hyper::rt::Read + hyper::rt::Write + Unpin + 'static,
{
    let big: String = (0..300_000).map(|n| char::from(b'a' + (n % 26) as u8)).collect();
    let expected = big.clone();
    let server = create_task(async move {
        let service = service_fn(async |request: Request<hyper::body::Incoming>| {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok::<_, Infallible>(Response::new(http_body_util::Full::new(body)))
        });
        hyper::server::conn::http1::Builder::new().serve_connection(b, service).await.unwrap();
    });
    let (mut sender, connection) = hyper::client::conn::http1::handshake(a).await.unwrap();
    LoopExecutor.execute(async move { connection.await.unwrap() });
    let response = sender.send_request(Request::new(big)).await.unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert!(body == expected);
    drop(sender);
    server.await.unwrap();
}

#[test]
fn sockets_and_streams_carry_http() {
    run(async {
        let (a, b) = UnixStream::pair().unwrap();
        exchange(SocketIo::new(a), SocketIo::new(b)).await;
        let (a, b) = UnixStream::pair().unwrap();
        exchange(AsyncIo::new(a), AsyncIo::new(b)).await;

        let listener = crate::support::listener().await;
        let a = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (b, _) = listener.accept().await.unwrap();
        exchange(SocketIo::new(a), AsyncIo::new(b)).await;
    });
}

#[test]
fn executors_make_tasks() {
    run(async {
        let local = Rc::new(());
        let (done, waiting) = (Rc::clone(&local), Rc::clone(&local));
        LoopExecutor.execute(async move { drop(done) });
        drop(waiting);
        let (tx, rx) = std::sync::mpsc::channel();
        SharedExecutor.execute(async move { tx.send(1).unwrap() });
        while Rc::strong_count(&local) > 1 || rx.try_recv().is_err() {
            futures_lite::future::yield_now().await;
        }
    });
}

#[test]
fn the_timer_keeps_the_loops_time() {
    run_virtual(async {
        let start = LoopTimer.now();
        LoopTimer.sleep(Duration::from_secs(3600)).await;
        assert!(LoopTimer.now() - start >= Duration::from_secs(3600));
        let mut sleep = LoopTimer.sleep_until(start);
        LoopTimer.reset(&mut sleep, start + Duration::from_secs(7200));
        sleep.await;
        assert!(LoopTimer.now() - start >= Duration::from_secs(7200));
    });
}

#[test]
fn connect_wants_http_and_a_host() {
    run(async {
        for (uri, kind) in [
            ("https://localhost/", ErrorKind::Unsupported),
            ("/path", ErrorKind::InvalidInput),
            ("http://127.0.0.1:1/", ErrorKind::ConnectionRefused),
        ] {
            let error = connect(&uri.parse().unwrap()).await.unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        }
    });
}
