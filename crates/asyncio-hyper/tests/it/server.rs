//! The server, against our client and against bytes.

use crate::support::{Reports, listener, mirror, run, run_virtual};
use asyncio_executor::create_task;
use asyncio_hyper::http::{Request, Response};
use asyncio_hyper::hyper::body::Incoming;
use asyncio_hyper::hyper::service::service_fn;
use asyncio_hyper::{Client, HttpServer, serve};
use asyncio_net::open_connection;
use asyncio_reactor::sleep;
use futures_lite::future::yield_now;
use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn requests_on_one_connection_are_answered_in_order() {
    run(async {
        let server = mirror().await;
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(b"GET /1 HTTP/1.1\r\nhost: x\r\n\r\nGET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
        for expected in ["GET /1", "GET /2"] {
            let head = reader.readuntil(b"\r\n\r\n").await.unwrap();
            assert!(head.starts_with(b"HTTP/1.1 200 OK\r\n"));
            assert_eq!(reader.readexactly(6).await.unwrap(), expected.as_bytes());
        }
    });
}

#[test]
fn stop_lets_a_request_under_way_end_and_closes_the_idle() {
    run(async {
        let (begun, go) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(false)));
        let (b, g) = (begun.clone(), go.clone());
        let server = Rc::new(serve(
            listener().await,
            service_fn(move |request: Request<Incoming>| {
                let (begun, go) = (b.clone(), g.clone());
                async move {
                    if request.uri().path() == "/slow" {
                        begun.set(true);
                        while !go.get() {
                            sleep(Duration::from_millis(1)).await;
                        }
                    }
                    Ok::<_, Infallible>(Response::new("done".to_string()))
                }
            }),
        ));
        let addr = server.local_addr();
        let idle = Client::new();
        idle.get(&format!("http://{addr}/")).await.unwrap().bytes().await.unwrap();
        let slow = create_task(async move {
            let url = format!("http://{addr}/slow");
            Client::new().get(&url).await.unwrap().text().await.unwrap()
        });
        while !begun.get() {
            yield_now().await;
        }
        assert_eq!(server.connections(), 2);
        let stopping = create_task({
            let server = server.clone();
            async move { server.stop(Duration::from_secs(3600)).await }
        });
        while server.connections() != 1 {
            yield_now().await;
        }
        assert!(!stopping.done());
        let refused = Client::new().get(&format!("http://{addr}/")).await.unwrap_err();
        assert!(refused.is_connect());
        go.set(true);
        assert_eq!(slow.await.unwrap(), "done");
        assert_eq!(stopping.await.unwrap().aborted, 0);
    });
}

#[test]
fn stop_cancels_what_is_left_at_the_deadline() {
    run_virtual(async {
        let begun = Rc::new(Cell::new(false));
        let b = begun.clone();
        let server = serve(
            listener().await,
            service_fn(move |_| {
                b.set(true);
                async {
                    std::future::pending::<()>().await;
                    Ok::<_, Infallible>(Response::new(String::new()))
                }
            }),
        );
        let url = format!("http://{}/", server.local_addr());
        let asking = create_task(async move { Client::new().get(&url).await.unwrap_err() });
        while !begun.get() {
            yield_now().await;
        }
        let stopped = server.stop(Duration::from_millis(50)).await;
        assert_eq!(stopped.aborted, 1);
        assert!(asking.await.unwrap().is_incomplete());
        assert_eq!(server.connections(), 0);
        assert_eq!(server.stop(Duration::ZERO).await.aborted, 0);
    });
}

#[test]
fn a_cancelled_serve_forever_stops_gracefully() {
    run(async {
        let server = Rc::new(mirror().await);
        let addr = server.local_addr();
        let client = Client::new();
        client.get(&format!("http://{addr}/")).await.unwrap().bytes().await.unwrap();
        let s = server.clone();
        let serving = create_task(async move { s.serve_forever().await });
        yield_now().await;
        serving.cancel();
        assert!(serving.await.unwrap_err().is_cancelled());
        assert_eq!(server.connections(), 0);
        assert!(client.get(&format!("http://{addr}/")).await.unwrap_err().is_connect());
    });
}

#[test]
fn a_failing_service_is_reported_with_its_peer_and_the_server_goes_on() {
    run(async {
        let reports = Reports::here();
        let server = serve(
            listener().await,
            service_fn(async |request: Request<Incoming>| match request.uri().path() {
                "/panic" => panic!("on demand"),
                "/fail" => Err("as asked"),
                _ => Ok(Response::new("fine".to_string())),
            }),
        );
        let addr = server.local_addr();
        let client = Client::new();
        for (path, text) in [("/panic", "on demand"), ("/fail", "as asked")] {
            let error = client.get(&format!("http://{addr}{path}")).await.unwrap_err();
            assert!(error.is_incomplete(), "{error}");
            let reports = reports.take();
            assert_eq!(reports.len(), 1, "{reports:?}");
            assert!(reports[0].contains(text) && reports[0].contains("127.0.0.1"), "{reports:?}");
        }
        let fine = client.get(&format!("http://{addr}/")).await.unwrap();
        assert_eq!(fine.text().await.unwrap(), "fine");
    });
}

#[test]
fn a_head_that_does_not_come_ends_the_connection() {
    run_virtual(async {
        let server =
            HttpServer::builder().header_read_timeout(Some(Duration::from_millis(30))).serve(
                listener().await,
                service_fn(async |_| Ok::<_, Infallible>(Response::new(String::new()))),
            );
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(b"GET / HTTP/1.1\r\nhost");
        let rest = reader.read_to_end().await.unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"));
    });
}

#[test]
fn upgraded_connections_are_the_handlers() {
    run(async {
        let server = serve(
            listener().await,
            service_fn(async |mut request: Request<Incoming>| {
                let upgrade = asyncio_hyper::hyper::upgrade::on(&mut request);
                drop(create_task(async move {
                    use asyncio_hyper::hyper::rt::Write;
                    let mut io = upgrade.await.unwrap();
                    let write = std::future::poll_fn(|cx| {
                        std::pin::Pin::new(&mut io).poll_write(cx, b"raw bytes\n")
                    });
                    write.await.unwrap();
                }));
                let head = Response::builder().status(101).header("upgrade", "raw");
                Ok::<_, Infallible>(head.body(String::new()).unwrap())
            }),
        );
        let (mut reader, writer) = open_connection(server.local_addr()).await.unwrap();
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: raw\r\n\r\n");
        assert!(reader.readuntil(b"\r\n\r\n").await.unwrap().starts_with(b"HTTP/1.1 101"));
        assert_eq!(reader.readline().await.unwrap(), b"raw bytes\n");
    });
}

#[test]
fn stop_does_not_wait_for_a_client_that_never_said_anything() {
    run_virtual(async {
        let server = mirror().await;
        let (mut reader, _writer) = open_connection(server.local_addr()).await.unwrap();
        while server.connections() == 0 {
            yield_now().await;
        }
        // On to where the connection has been polled, and waits for a head.
        sleep(Duration::from_millis(1)).await;
        let began = asyncio_context::clock::now();
        assert_eq!(server.stop(Duration::from_secs(3600)).await.aborted, 0);
        assert!(asyncio_context::clock::now() - began < Duration::from_secs(1));
        assert_eq!(reader.read_to_end().await.unwrap(), b"");
    });
}
