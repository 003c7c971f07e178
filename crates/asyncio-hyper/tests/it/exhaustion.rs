//! Descriptors run out at accept. In a process of its own, since the limit is the process's.

use crate::support::{Reports, mirror, run_virtual};
use asyncio_executor::create_task;
use asyncio_hyper::Client;
use asyncio_reactor::sleep;
use futures_lite::future::yield_now;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::time::Duration;

const CHILD: &str = "ASYNCIO_HYPER_TEST_EXHAUSTION";

#[test]
fn emfile_at_accept_is_reported_and_accepting_goes_on() {
    if std::env::var_os(CHILD).is_some() {
        return exhausted();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("exhaustion::emfile_at_accept_is_reported_and_accepting_goes_on")
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("survived"), "{text}");
}

fn exhausted() {
    run_virtual(async {
        let reports = Reports::here();
        let server = mirror().await;
        let url = format!("http://{}/", server.local_addr());
        let served = Client::new();
        served.get(&url).await.unwrap().bytes().await.unwrap();

        // The new client's socket is the last descriptor there is.
        let limit = getrlimit(Resource::Nofile);
        leave_one(limit);
        let late = create_task({
            let url = url.clone();
            async move { Client::new().get(&url).await.unwrap().text().await.unwrap() }
        });
        let seen = loop {
            match reports.take() {
                seen if seen.is_empty() => yield_now().await,
                seen => break seen,
            }
        };
        assert!(seen[0].contains("accepting at 127.0.0.1"), "{seen:?}");
        assert!(seen[0].contains("1s") && seen[0].contains("(os error 24)"), "{seen:?}");
        // Who is served already is not disturbed.
        assert_eq!(server.connections(), 1);
        assert_eq!(served.get(&url).await.unwrap().text().await.unwrap(), "GET /");
        assert!(!late.done());

        // Room again: the acceptor looks when its rest is over.
        setrlimit(Resource::Nofile, limit).unwrap();
        while !late.done() {
            sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(late.await.unwrap(), "GET /");

        // Stopping does not wait for a rest.
        leave_one(limit);
        let refused = create_task(async move { Client::new().get(&url).await });
        while reports.take().is_empty() {
            yield_now().await;
        }
        let stopped = server.stop(Duration::from_millis(10)).await;
        assert_eq!((stopped.aborted, server.connections()), (0, 0));
        assert!(refused.await.unwrap().is_err());
        println!("survived");
    });
}

/// Lowers the limit so that one descriptor more can be opened.
fn leave_one(limit: Rlimit) {
    let next = File::open("/dev/null").unwrap().as_raw_fd() as u64;
    setrlimit(Resource::Nofile, Rlimit { current: Some(next + 1), ..limit }).unwrap();
}
