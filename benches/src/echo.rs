//! The server side of the echo scenarios.

use crate::measure::pin;
use crate::runtimes::Runtime;
use std::net::SocketAddr;
use std::process::{Command, exit};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A connection of the server. When the last one has ended, so does the process.
pub struct Connection(());

static OPEN: AtomicUsize = AtomicUsize::new(0);

/// Bytes that each connection reads at most at once.
pub const BUFFER: usize = 4096;

impl Connection {
    pub fn opened() -> Connection {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Connection(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if OPEN.fetch_sub(1, Ordering::Relaxed) == 1 {
            exit(0);
        }
    }
}

/// Measures: the server in this process, the load generator in a child on the other processor. The child prints.
pub fn main(scenario: &str, runtime: &'static Runtime, conns: usize) {
    pin(0);
    let labels = format!("scenario={scenario} runtime={}", runtime.name);
    (runtime.echo)(Box::new(move |address| {
        let program = std::env::current_exe().expect("a program knows its path");
        Command::new(program)
            .args(["load", &address.to_string(), "--conns", &conns.to_string()])
            .env("BENCH_LABELS", &labels)
            .spawn()
            .expect("the load generator starts");
    }));
}

/// The server alone.
pub fn serve(runtime: &'static Runtime) {
    pin(0);
    (runtime.echo)(Box::new(|address: SocketAddr| println!("{address}")));
}
