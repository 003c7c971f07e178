//! `crawl`: a page that cannot be had is a line in the summary.

use crate::program::{Program, beside_others};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::thread;

#[test]
fn many_pages_on_one_thread() {
    let _machine = beside_others();
    let lines = Program::start("crawl", &[], &["--pages", "100"]).finish().lines;
    assert_eq!(lines[0], "100 URLs, all at once");
    assert_eq!(lines[1..3], ["      99  200 OK", "       1  404 Not Found"]);
    assert!(lines[4].starts_with("one after the other: 1"), "a second each: {lines:#?}");
    assert_eq!(lines[5], "threads: 1");
}

#[test]
fn a_limit_is_kept() {
    let _machine = beside_others();
    let lines = Program::start("crawl", &[], &["--pages", "6", "--limit", "3"]).finish().lines;
    assert_eq!(lines[..2], ["6 URLs, 3 at a time", "       6  200 OK"]);
    let took = lines[2].rsplit(' ').nth(1).and_then(|seconds| seconds.parse::<f64>().ok());
    assert!(took.is_some_and(|seconds| seconds >= 2.0), "{lines:#?}");
}

#[test]
fn what_cannot_be_fetched_is_said() {
    let _machine = beside_others();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let (mut answered, _) = listener.accept().unwrap();
        let mut head = BufReader::new(answered.try_clone().unwrap()).lines();
        while head.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        answered.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello").unwrap();
        // Hangs up on the second.
        drop(listener.accept().unwrap());
    });
    let list = Path::new(env!("CARGO_TARGET_TMPDIR")).join("crawl-urls.txt");
    let urls = ["http://127.0.0.1:1/refused", "https://localhost/", "nothing of the kind"];
    let good = [format!("http://{address}/a"), format!("http://{address}/b")];
    fs::write(&list, format!("{}\n\n{}\n", urls.join("\n"), good.join("\n"))).unwrap();

    let outcome = Program::start("crawl", &[], &["--urls", list.to_str().unwrap()]).finish();
    server.join().unwrap();
    let lines = outcome.lines;
    assert_eq!(lines[..3], ["5 URLs, all at once", "       1  200 OK", "       4  failed:"]);
    assert!(lines.iter().any(|line| line.contains("/refused: ") && line.contains("refused (os")));
    assert!(lines.iter().any(|line| line.contains("only http:// is supported")));
    assert!(lines.iter().any(|line| line.contains("\"nothing of the kind\" cannot be fetched")));
    assert!(lines[7].starts_with("5 bytes in "), "{lines:#?}");
}
