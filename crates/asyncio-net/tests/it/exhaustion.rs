//! Descriptors run out at accept. In a process of its own, since the limit is the process's.

use crate::support::{Reports, run_virtual};
use asyncio_net::{StreamReader, StreamWriter, start_server};
use asyncio_reactor::sleep;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

const CHILD: &str = "ASYNCIO_NET_TEST_EXHAUSTION";

#[test]
fn sts_15_emfile_at_accept_is_reported_and_accepting_goes_on() {
    if std::env::var_os(CHILD).is_some() {
        return exhausted();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "--test-threads=1"])
        .arg("exhaustion::sts_15_emfile_at_accept_is_reported_and_accepting_goes_on")
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
        let server = start_server(
            async |mut reader: StreamReader, mut writer: StreamWriter| {
                let mut buf = [0; 64];
                while let Ok(len @ 1..) = reader.read(&mut buf).await {
                    writer.write_all(&buf[..len]).await.unwrap();
                }
            },
            "127.0.0.1:0",
        )
        .await
        .unwrap();
        let addr = server.local_addr();

        // Clients that the limit leaves room for, and the server none for.
        let mut clients: Vec<TcpStream> =
            (0..8).map(|_| TcpStream::connect(addr).unwrap()).collect();
        let open = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64 - 1;
        let hard = getrlimit(Resource::Nofile).maximum;
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + 3), maximum: hard }).unwrap();

        while reports_seen(&reports) == 0 {
            asyncio_task::yield_now().await;
        }
        assert!((1..8).contains(&server.connections()), "{server:?}");
        assert!(server.is_serving());
        // One that is served already is not disturbed.
        echo(&mut clients[0]).await;

        // Room again: the acceptor looks a second later, as soon as the second is over.
        setrlimit(Resource::Nofile, Rlimit { current: Some(open + 100), maximum: hard }).unwrap();
        while server.connections() < clients.len() {
            sleep(Duration::from_millis(1)).await;
        }
        for client in &mut clients {
            echo(client).await;
        }
        println!("survived");
    });
}

fn reports_seen(reports: &Reports) -> usize {
    let reports = reports.take();
    for report in &reports {
        assert!(report.contains("accepting at 127.0.0.1"), "{report}");
        assert!(report.contains("1s") && report.contains("(os error 24)"), "{report}");
    }
    reports.len()
}

/// A question and its answer on a blocking socket, with turns for the server in between.
async fn echo(client: &mut TcpStream) {
    client.write_all(b"ping").unwrap();
    client.set_nonblocking(true).unwrap();
    let mut buf = [0; 4];
    let mut got = 0;
    while got < buf.len() {
        match client.read(&mut buf[got..]) {
            Ok(0) => panic!("the server closed the connection"),
            Ok(count) => got += count,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                asyncio_task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(&buf, b"ping");
}
