//! How long the loop's own work takes, and how much memory an idle task.
//!
//! ```text
//! cargo run --release -p asyncio-executor --example speed [scenario [rounds]]
//! ```
//!
//! The instructions per operation stand in the crate's README.
//!
//! With a scenario's name only that one runs, which is what `valgrind --tool=callgrind` wants.

use asyncio_executor::{LocalExecutor, ThreadPark, create_task};
use std::future::{pending, poll_fn};
use std::hint::black_box;
use std::task::Poll;
use std::time::Instant;

const TASKS: usize = 100_000;

async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

async fn spawn_join(n: usize) -> usize {
    let tasks: Vec<_> = (0..n).map(|i| create_task(async move { i })).collect();
    let mut sum = 0;
    for task in tasks {
        sum += task.await.unwrap();
    }
    black_box(sum);
    n
}

async fn spawn_one(n: usize) -> usize {
    for i in 0..n {
        black_box(create_task(async move { i }).await.unwrap());
    }
    n
}

async fn spawn_one_by_ref(n: usize) -> usize {
    for i in 0..n {
        black_box((&mut create_task(async move { i })).await.unwrap());
    }
    n
}

async fn self_wake(n: usize) -> usize {
    for _ in 0..n {
        yield_now().await;
    }
    n
}

/// The same without an `async fn` inside: what is the loop's own.
async fn bare_wake(n: usize) -> usize {
    let mut left = n;
    poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(n);
        }
        left -= 1;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await
}

async fn yield_1000(n: usize) -> usize {
    let each = n / 1000;
    let tasks: Vec<_> = (0..1000).map(|_| create_task(self_wake(each))).collect();
    for task in tasks {
        task.await.unwrap();
    }
    each * 1000
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|n| n.parse::<usize>().ok());
    pages.unwrap_or(0) * 4096
}

async fn idle_task(n: usize) -> usize {
    let mut tasks = Vec::with_capacity(n);
    for _ in 0..n {
        tasks.push(None);
    }
    let before = resident();
    for slot in &mut tasks {
        *slot = Some(create_task(pending::<()>()));
    }
    yield_now().await;
    println!("{:14} {:8.1} bytes", "idle_task", (resident() - before) as f64 / n as f64);
    n
}

fn time<F: Future<Output = usize>>(
    only: Option<&str>,
    name: &str,
    f: impl Fn(usize) -> F,
    n: usize,
) {
    if only.is_some_and(|only| only != name) {
        return;
    }
    let rounds = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(9);
    let executor = LocalExecutor::new();
    let mut park = ThreadPark::new();
    let mut each: Vec<f64> = (0..rounds)
        .map(|_| {
            let begin = Instant::now();
            let done = executor.run_until(f(n), &mut park).unwrap();
            begin.elapsed().as_nanos() as f64 / done as f64
        })
        .collect();
    each.sort_by(f64::total_cmp);
    println!("{name:14} {:8.2} ns   (best {:.2})", each[each.len() / 2], each[0]);
}

fn main() {
    let only = std::env::args().nth(1);
    let only = only.as_deref();
    time(only, "spawn_join", spawn_join, TASKS);
    time(only, "spawn_join_1m", spawn_join, 10 * TASKS);
    time(only, "spawn_one", spawn_one, TASKS);
    time(only, "spawn_one_ref", spawn_one_by_ref, TASKS);
    time(only, "self_wake", self_wake, 10 * TASKS);
    time(only, "bare_wake", bare_wake, 10 * TASKS);
    time(only, "yield_1000", yield_1000, 10 * TASKS);
    if only.is_none_or(|only| only == "idle_task") {
        LocalExecutor::new().run_until(idle_task(10 * TASKS), &mut ThreadPark::new()).unwrap();
    }
}
