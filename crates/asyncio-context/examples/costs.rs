//! What the possibility of being cancelled costs while nobody cancels.
//!
//! `cargo run --release -p asyncio-context --example costs`

use asyncio_context::{catch_cancel, recorded};
use std::future::poll_fn;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const ROUNDS: u32 = 2_000_000;

fn main() {
    let plain = measure(async || {
        for _ in 0..ROUNDS {
            ready().await;
        }
    });
    let boundary = measure(async || {
        for _ in 0..ROUNDS {
            let _ = catch_cancel(ready()).await;
        }
    });
    let nested = measure(async || {
        let _ = catch_cancel(async {
            for _ in 0..ROUNDS {
                let _ = catch_cancel(ready()).await;
            }
        })
        .await;
    });
    println!("enter and leave a boundary under the root   {:5.1} ns", boundary - plain);
    println!("enter and leave a boundary under another    {:5.1} ns", nested - plain);

    let turn = measure(yielding);
    let in_one = measure(async || {
        let _ = catch_cancel(yielding()).await;
    });
    let in_two = measure(async || {
        let _ = catch_cancel(catch_cancel(yielding())).await;
    });
    println!("a turn of a record without boundaries       {turn:5.1} ns");
    println!("the same in one boundary: a further poll    {:+5.1} ns", in_one - turn);
    println!("the same in two                             {:+5.1} ns", in_two - in_one);
}

async fn ready() {
    poll_fn(|_| black_box(Poll::Ready(()))).await;
}

/// Suspends in every round.
async fn yielding() {
    for _ in 0..ROUNDS {
        let mut first = true;
        poll_fn(|_| match std::mem::take(&mut first) {
            true => black_box(Poll::Pending),
            false => Poll::Ready(()),
        })
        .await;
    }
}

/// Nanoseconds per round, the best of five runs.
fn measure(program: impl AsyncFn()) -> f64 {
    let run = || {
        let mut task = pin!(recorded("costs", program()));
        let mut cx = Context::from_waker(Waker::noop());
        let began = Instant::now();
        while task.as_mut().poll(&mut cx).is_pending() {}
        began.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    (0..5).map(|_| run()).fold(f64::INFINITY, f64::min)
}
