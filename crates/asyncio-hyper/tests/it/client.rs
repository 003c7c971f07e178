//! The client, against our server.

use crate::support::{listener, mirror, peer, run};
use asyncio_executor::create_task;
use asyncio_hyper::http::{Request, Response};
use asyncio_hyper::hyper::body::{Bytes, Incoming};
use asyncio_hyper::hyper::service::service_fn;
use asyncio_hyper::{Client, serve};
use http_body_util::{BodyExt, Full};
use std::cell::Cell;
use std::convert::Infallible;
use std::rc::Rc;
use std::time::Duration;

#[test]
fn a_get_gives_status_headers_and_body() {
    run(async {
        let server = mirror().await;
        let url = format!("http://{}/some/path?with=query", server.local_addr());
        let response = Client::new().get(&url).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.content_length(), Some(25));
        assert!(response.headers().contains_key("date"));
        assert_eq!(response.url(), url.as_str());
        assert_eq!(response.text().await.unwrap(), "GET /some/path?with=query");
    });
}

#[test]
fn a_post_sends_its_body_and_headers() {
    run(async {
        let server = serve(
            listener().await,
            service_fn(async |request: Request<Incoming>| {
                let host = request.headers()["host"].to_str().unwrap().to_owned();
                let body = request.into_body().collect().await.unwrap().to_bytes();
                let text = format!("{host} {}", String::from_utf8_lossy(&body));
                Ok::<_, Infallible>(Response::builder().status(201).body(text).unwrap())
            }),
        );
        let addr = server.local_addr();
        let request = Request::post(format!("http://{addr}")).body(Full::from("payload")).unwrap();
        let response = Client::new().request(request).await.unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.text().await.unwrap(), format!("{addr} payload"));
    });
}

#[test]
fn a_connection_is_kept_for_the_next_request() {
    run(async {
        let server = mirror().await;
        let url = format!("http://{}/", server.local_addr());
        let client = Client::new();
        for _ in 0..20 {
            client.get(&url).await.unwrap().bytes().await.unwrap();
            assert_eq!(server.connections(), 1);
        }
        // Without reading: an empty body is over with its head, another is not and ends it.
        drop(client.get(&url).await.unwrap());
        client.get(&url).await.unwrap().bytes().await.unwrap();
        while server.connections() != 1 {
            futures_lite::future::yield_now().await;
        }

        let client = Client::with_max_idle(0);
        client.get(&url).await.unwrap().bytes().await.unwrap();
        client.get(&url).await.unwrap().bytes().await.unwrap();
        while server.connections() != 1 {
            futures_lite::future::yield_now().await;
        }
    });
}

#[test]
fn a_kept_connection_that_was_closed_is_replaced() {
    run(async {
        let requests = Rc::new(Cell::new(0));
        let seen = requests.clone();
        // Says that it keeps the connection, and closes it.
        let url = peer(async move |_, writer| {
            seen.set(seen.get() + 1);
            writer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            writer.close();
        })
        .await;
        let client = Client::new();
        for n in 1..=5 {
            assert_eq!(client.get(&url).await.unwrap().text().await.unwrap(), "ok");
            assert_eq!(requests.get(), n);
        }
    });
}

#[test]
fn many_requests_at_once() {
    run(async {
        let server = mirror().await;
        let client = Client::new();
        let addr = server.local_addr();
        let tasks: Vec<_> = (0..200)
            .map(|n| {
                let client = client.clone();
                create_task(async move {
                    let url = format!("http://{addr}/{n}");
                    client.get(&url).await.unwrap().text().await.unwrap()
                })
            })
            .collect();
        for (n, task) in tasks.into_iter().enumerate() {
            assert_eq!(task.await.unwrap(), format!("GET /{n}"));
        }
    });
}

#[test]
fn a_body_is_read_in_pieces() {
    run(async {
        let big: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
        let sent = Bytes::from(big.clone());
        let server = serve(
            listener().await,
            service_fn(move |_| {
                let sent = sent.clone();
                async move { Ok::<_, Infallible>(Response::new(Full::new(sent))) }
            }),
        );
        let url = format!("http://{}/", server.local_addr());
        let client = Client::new();
        let mut response = client.get(&url).await.unwrap();
        let (mut all, mut pieces) = (Vec::new(), 0);
        while let Some(chunk) = response.chunk().await.unwrap() {
            all.extend_from_slice(&chunk);
            pieces += 1;
        }
        assert!(all == big && pieces > 1);

        let error = client.get(&url).await.unwrap().bytes_up_to(999_999).await.unwrap_err();
        assert!(error.is_too_large(), "{error}");
        let all = client.get(&url).await.unwrap().bytes_up_to(1_000_000).await.unwrap();
        assert_eq!(all.len(), 1_000_000);
    });
}

#[test]
fn what_cannot_be_fetched_is_said_with_its_url() {
    run(async {
        let client = Client::new();
        for url in ["https://localhost/", "no url at all", "http://", "/path", ""] {
            let error = client.get(url).await.unwrap_err();
            assert!(error.is_url(), "{url}: {error}");
            assert!(error.to_string().contains(url), "{error}");
        }
        let dead = listener().await.local_addr().unwrap();
        let error = client.get(&format!("http://{dead}/x")).await.unwrap_err();
        assert!(error.is_connect() && error.to_string().contains(&dead.to_string()), "{error}");
        assert_eq!(
            error.io_error().unwrap().kind(),
            std::io::ErrorKind::ConnectionRefused,
            "{error}"
        );
        let error = client.get("http://no-such-host.invalid/").await.unwrap_err();
        assert!(error.is_connect() && error.to_string().contains("no-such-host"), "{error}");
    });
}

#[test]
fn a_cancelled_request_closes_its_connection() {
    run(async {
        let server = serve(
            listener().await,
            service_fn(async |_| {
                std::future::pending::<()>().await;
                Ok::<_, Infallible>(Response::new(String::new()))
            }),
        );
        let url = format!("http://{}/", server.local_addr());
        let client = Client::new();
        let asking = create_task(async move { client.get(&url).await.map(drop) });
        while server.connections() == 0 {
            futures_lite::future::yield_now().await;
        }
        asking.cancel();
        assert!(asking.await.unwrap_err().is_cancelled());
        assert_eq!(server.stop(Duration::from_secs(60)).await.aborted, 0);
    });
}

#[test]
fn an_ipv6_address_in_the_url() {
    run(async {
        let Ok(listener) = asyncio_net::TcpListener::bind("[::1]:0").await else {
            return eprintln!("no IPv6 here");
        };
        let server = serve(
            listener,
            service_fn(async |request: Request<Incoming>| {
                let host = request.headers()["host"].to_str().unwrap().to_owned();
                Ok::<_, Infallible>(Response::new(host))
            }),
        );
        let addr = server.local_addr();
        let response = Client::new().get(&format!("http://{addr}/")).await.unwrap();
        assert_eq!(response.text().await.unwrap(), addr.to_string());
    });
}

#[test]
fn a_response_may_outlive_the_loop() {
    let (empty, full) = run(async {
        let server = serve(
            listener().await,
            service_fn(async |request: Request<Incoming>| {
                let text = request.uri().path().trim_start_matches('/').to_owned();
                Ok::<_, Infallible>(Response::new(text))
            }),
        );
        let url = format!("http://{}/", server.local_addr());
        let client = Client::new();
        (client.get(&url).await.unwrap(), client.get(&format!("{url}text")).await.unwrap())
    });
    // The body of the first is over, so its connection would go back, if there was a loop.
    drop(empty);
    drop(full);
}
