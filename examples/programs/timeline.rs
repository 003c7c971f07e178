//! Runs a few tasks on one thread and draws who ran, who waited for what, and when. What a task waits
//! for is in its record: every wait of asyncio's notes it there, for whoever wants to look.
//!
//! `cargo run --release --example timeline`

use asyncio::local::{Lock, Queue};
use asyncio::{WaitKind, current_task, gather, now, sleep};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

/// Columns of the drawing.
const WIDTH: usize = 44;

/// One poll of a task, and what it waited for afterwards.
struct Turn {
    began: Instant,
    ended: Instant,
    then: Option<WaitKind>,
}

/// The life of one task.
struct Lane {
    name: &'static str,
    turns: Vec<Turn>,
}

#[derive(Default)]
struct Chart {
    lanes: RefCell<Vec<Lane>>,
}

impl Chart {
    /// Polls `future` and notes each turn in a lane of its own.
    async fn observe<F: Future>(&self, name: &'static str, future: F) -> F::Output {
        let lane = {
            let mut lanes = self.lanes.borrow_mut();
            lanes.push(Lane { name, turns: Vec::new() });
            lanes.len() - 1
        };
        let mut future = pin!(future);
        std::future::poll_fn(|cx| {
            let began = now();
            let polled = Pin::as_mut(&mut future).poll(cx);
            let wait = current_task().waits_for().filter(|_| polled.is_pending());
            let turn = Turn { began, ended: now(), then: wait.map(|wait| wait.kind) };
            self.lanes.borrow_mut()[lane].turns.push(turn);
            polled
        })
        .await
    }

    fn draw(&self, from: Instant, to: Instant) {
        let column = |at: Instant| {
            let part = (at - from).as_secs_f64() / (to - from).as_secs_f64();
            ((part * WIDTH as f64) as usize).min(WIDTH - 1)
        };
        for Lane { name, turns } in self.lanes.borrow().iter() {
            let mut cells = [' '; WIDTH];
            for (turn, next) in turns.iter().zip(turns.iter().skip(1)) {
                cells[column(turn.ended)..=column(next.began)].fill(symbol(turn.then));
            }
            for turn in turns {
                cells[column(turn.began)..=column(turn.ended)].fill('█');
            }
            let busy: Duration = turns.iter().map(|turn| turn.ended - turn.began).sum();
            let drawn: String = cells.into_iter().collect();
            println!("{name:>8} |{drawn}| ran {:>3} ms in {} turns", busy.as_millis(), turns.len());
        }
        let end = format!("{} ms", (to - from).as_millis());
        println!("{:>8}  0{end:>width$}", "", width = WIDTH - 1);
        println!("{:>8}  █ runs   · sleeps   L lock   Q queue", "");
    }
}

fn symbol(wait: Option<WaitKind>) -> char {
    match wait {
        Some(WaitKind::Sleep) => '·',
        Some(WaitKind::Lock) => 'L',
        Some(WaitKind::QueueGet | WaitKind::QueuePut) => 'Q',
        _ => '?',
    }
}

/// Stands for work that keeps the thread.
fn compute(time: Duration) {
    let end = now() + time;
    while now() < end {
        std::hint::spin_loop();
    }
}

const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[asyncio::main]
async fn main() {
    let chart = Chart::default();
    let (printer, orders) = (Lock::new(()), Queue::new(2));
    let from = now();

    let baker = async {
        for loaf in 0..4 {
            compute(ms(20));
            sleep(ms(40)).await;
            orders.put(loaf).await.expect("the shop is open");
        }
        orders.shutdown(false);
    };
    let seller = async {
        while orders.get().await.is_ok() {
            sleep(ms(90)).await;
            let _receipt = printer.lock().await;
            sleep(ms(30)).await;
        }
    };
    let reporter = async {
        for _ in 0..3 {
            let _page = printer.lock().await;
            compute(ms(15));
            sleep(ms(60)).await;
        }
    };
    let clock = async {
        for _ in 0..4 {
            sleep(ms(100)).await;
        }
    };

    gather!(
        chart.observe("baker", baker),
        chart.observe("seller", seller),
        chart.observe("reporter", reporter),
        chart.observe("clock", clock),
    )
    .await;
    chart.draw(from, now());
}
