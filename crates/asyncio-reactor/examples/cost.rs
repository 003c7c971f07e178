//! What a timeout that never fires costs, a turn that only looks, and a timer that fires.
//!
//! ```text
//! cargo run --release -p asyncio-reactor --example cost
//! ```

use asyncio_reactor::{Async, Driver, sleep};
use std::future::Future;
use std::io;
use std::net::UdpSocket;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

/// The best of so many batches counts: the machine has other things to do as well.
const BATCHES: u32 = 400;
const ROUNDS: u32 = 5_000;

fn main() -> io::Result<()> {
    let mut driver = Driver::new()?;
    let _entered = driver.enter();
    let mut cx = Context::from_waker(Waker::noop());

    measure("the clock alone", || {
        std::hint::black_box(asyncio_context::clock::now());
    });
    measure("create, poll and drop a sleep", || {
        let mut nap = sleep(Duration::from_secs(5));
        assert!(Pin::new(&mut nap).poll(&mut cx).is_pending());
    });
    let mut outstanding: Vec<_> =
        (0..100_000).map(|n| sleep(Duration::from_millis(10_000 + n))).collect();
    for nap in &mut outstanding {
        assert!(Pin::new(nap).poll(&mut cx).is_pending());
    }
    measure("the same with 100,000 others", || {
        let mut nap = sleep(Duration::from_secs(5));
        assert!(Pin::new(&mut nap).poll(&mut cx).is_pending());
    });
    drop(outstanding);

    measure("a turn that looks, nothing registered", || driver.turn(Some(Duration::ZERO)).unwrap());
    let socket = Async::new(UdpSocket::bind("127.0.0.1:0")?)?;
    assert!(socket.poll_readable(&mut cx).is_pending());
    measure("a turn that looks, with a source", || driver.turn(Some(Duration::ZERO)).unwrap());

    let mut late = Vec::new();
    for _ in 0..1_000 {
        let mut nap = sleep(Duration::from_micros(100));
        while Pin::new(&mut nap).poll(&mut cx).is_pending() {
            driver.turn(None)?;
        }
        late.push(Instant::now().saturating_duration_since(nap.deadline()));
    }
    late.sort();
    println!("{:<40} {:?} late (median)", "a sleep of 0.1 ms", late[late.len() / 2]);

    crowd(&mut driver)
}

/// A hundred thousand sleeps over a second.
fn crowd(driver: &mut Driver) -> io::Result<()> {
    let mut cx = Context::from_waker(Waker::noop());
    let mut naps: Vec<_> = (0..100_000_u64)
        .map(|n| sleep(Duration::from_micros(1_000 + n * 7_919 % 999_000)))
        .collect();
    for nap in &mut naps {
        assert!(Pin::new(nap).poll(&mut cx).is_pending());
    }
    let (mut turns, before) = (0, cpu());
    while !driver.is_idle() && driver.next_deadline().is_some() {
        driver.turn(None)?;
        turns += 1;
    }
    let each = (cpu() - before) / 100_000;
    println!("{:<40} {each:?} of CPU each, {turns} turns", "100,000 sleeps over a second");
    Ok(())
}

fn cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn measure(what: &str, mut f: impl FnMut()) {
    let batches = (0..BATCHES).map(|_| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            f();
        }
        start.elapsed()
    });
    let best = batches.min().expect("there are some");
    println!("{what:<40} {:6.1} ns", best.as_nanos() as f64 / f64::from(ROUNDS));
}
