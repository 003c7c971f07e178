//! What a primitive costs on one thread, in nanoseconds.
//!
//! `cargo run --release -p asyncio-sync --example sync_speed`
//!
//! The executor below is about as small as one can be: a task is a box in a queue, its waker a
//! number. What it costs itself is the first line, a task that wakes itself.

use asyncio_sync::confined::Lock;
use asyncio_sync::confined::{Confinement, Event, LoopLocal, Queue, Semaphore, ThreadSafe};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
use std::time::Instant;

type Task = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static READY: RefCell<VecDeque<usize>> = const { RefCell::new(VecDeque::new()) };
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &VTABLE),
    |data| READY.with_borrow_mut(|ready| ready.push_back(data.addr())),
    |data| READY.with_borrow_mut(|ready| ready.push_back(data.addr())),
    |_| {},
);

/// Runs the tasks to their ends, and says how long that took.
fn run(tasks: Vec<Task>) -> f64 {
    let mut tasks: Vec<Option<Task>> = tasks.into_iter().map(Some).collect();
    READY.with_borrow_mut(|ready| ready.extend(0..tasks.len()));
    let start = Instant::now();
    while let Some(number) = READY.with_borrow_mut(VecDeque::pop_front) {
        // SAFETY: the functions of the table take the data for a number.
        let waker = unsafe { Waker::new(ptr::without_provenance(number), &VTABLE) };
        let slot = &mut tasks[number];
        let Some(task) = slot else { continue };
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            *slot = None;
        }
    }
    let took = start.elapsed();
    assert!(tasks.iter().all(Option::is_none), "a task was never woken");
    took.as_nanos() as f64
}

/// A static value of its own for each measurement.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn yield_now() -> impl Future<Output = ()> {
    let mut yielded = false;
    poll_fn(move |cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
}

fn yields(n: usize) -> f64 {
    run(vec![Box::pin(async move {
        for _ in 0..n {
            yield_now().await;
        }
    })]) / n as f64
}

fn lock_uncontended<R: Confinement>(n: usize) -> f64 {
    let lock = leak(Lock::<usize, R>::new(0));
    run(vec![Box::pin(async move {
        for _ in 0..n {
            *black_box(lock).lock().await += 1;
        }
    })]) / n as f64
}

/// 100 tasks; each holds the lock over a yield at first, so that the others wait, from then on every
/// release hands over.
fn lock_contended<R: Confinement>(n: usize) -> f64 {
    let lock = leak(Lock::<usize, R>::new(0));
    let task = |_| -> Task {
        Box::pin(async move {
            let mut guard = lock.lock().await;
            yield_now().await;
            *guard += 1;
            drop(guard);
            for _ in 0..n / 100 {
                *lock.lock().await += 1;
            }
        })
    };
    run((0..100).map(task).collect()) / n as f64
}

fn semaphore_contended<R: Confinement>(n: usize) -> f64 {
    let semaphore = leak(Semaphore::<R>::new(1));
    let task = |_| -> Task {
        Box::pin(async move {
            let permit = semaphore.acquire().await;
            yield_now().await;
            drop(permit);
            for _ in 0..n / 100 {
                drop(semaphore.acquire().await);
            }
        })
    };
    run((0..100).map(task).collect()) / n as f64
}

fn queue<R: Confinement>(capacity: usize, pairs: usize, n: usize) -> f64 {
    let queue = leak(Queue::<usize, R>::new(capacity));
    let put = |_| -> Task {
        Box::pin(async move {
            for item in 0..n / pairs {
                queue.put(item).await.unwrap();
            }
        })
    };
    let get = |_| -> Task {
        Box::pin(async move {
            for _ in 0..n / pairs {
                black_box(queue.get().await.unwrap());
            }
        })
    };
    run((0..pairs).map(put).chain((0..pairs).map(get)).collect()) / n as f64
}

fn ping_pong<R: Confinement>(n: usize) -> f64 {
    let (there, back) = (leak(Queue::<usize, R>::new(1)), leak(Queue::<usize, R>::new(1)));
    run(vec![
        Box::pin(async move {
            for item in 0..n {
                there.put(item).await.unwrap();
                back.get().await.unwrap();
            }
        }),
        Box::pin(async move {
            for _ in 0..n {
                let item = there.get().await.unwrap();
                back.put(item).await.unwrap();
            }
        }),
    ]) / n as f64
}

/// 1,000 tasks wait, one sets.
fn event<R: Confinement>(rounds: usize) -> f64 {
    let events = leak([Event::<R>::new(), Event::<R>::new()]);
    let waiter = |_| -> Task {
        Box::pin(async move {
            for round in 0..rounds {
                events[round % 2].wait().await;
            }
        })
    };
    let setter: Task = Box::pin(async move {
        for round in 0..rounds {
            // All the waiters have had their turn.
            yield_now().await;
            events[(round + 1) % 2].clear();
            events[round % 2].set();
        }
    });
    run((0..1000).map(waiter).chain([setter]).collect()) / (1000 * rounds) as f64
}

fn line(name: &str, local: impl Fn() -> f64, thread_safe: impl Fn() -> f64) {
    let best = |f: &dyn Fn() -> f64| (0..5).map(|_| f()).fold(f64::INFINITY, f64::min);
    println!("{name:24} {:8.1} {:12.1}", best(&local), best(&thread_safe));
}

fn main() {
    const N: usize = 1_000_000;
    println!("{:24} {:>8} {:>12}", "ns", "local", "thread-safe");
    line("yield (the executor)", || yields(N), || yields(N));
    line(
        "lock, uncontended",
        || lock_uncontended::<LoopLocal>(N),
        || lock_uncontended::<ThreadSafe>(N),
    );
    line("lock, 100 tasks", || lock_contended::<LoopLocal>(N), || lock_contended::<ThreadSafe>(N));
    line(
        "semaphore, 100 tasks",
        || semaphore_contended::<LoopLocal>(N),
        || semaphore_contended::<ThreadSafe>(N),
    );
    line("queue of 1", || queue::<LoopLocal>(1, 1, N), || queue::<ThreadSafe>(1, 1, N));
    line("queue of 100", || queue::<LoopLocal>(100, 1, N), || queue::<ThreadSafe>(100, 1, N));
    line(
        "queue of 100, 4 and 4",
        || queue::<LoopLocal>(100, 4, N),
        || queue::<ThreadSafe>(100, 4, N),
    );
    line("ping-pong, round trip", || ping_pong::<LoopLocal>(N), || ping_pong::<ThreadSafe>(N));
    line("event, each of 1000", || event::<LoopLocal>(1000), || event::<ThreadSafe>(1000));
}
