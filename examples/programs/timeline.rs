//! Runs a few tasks on one thread and draws who ran, who waited, and when.
//!
//! `cargo run --release --example timeline`

use asyncio::local::{Lock, Queue};
use asyncio::{gather, now, sleep};
use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

/// Columns of the drawing.
const WIDTH: usize = 44;

/// The life of one task: when it was polled, from its first poll to its end.
struct Lane {
    name: &'static str,
    runs: Vec<(Instant, Instant)>,
    ended: Option<Instant>,
}

#[derive(Default)]
struct Chart {
    lanes: RefCell<Vec<Lane>>,
}

impl Chart {
    /// Polls `future` and notes the time of each poll in a lane of its own.
    async fn observe<F: Future>(&self, name: &'static str, future: F) -> F::Output {
        let lane = {
            let mut lanes = self.lanes.borrow_mut();
            lanes.push(Lane { name, runs: Vec::new(), ended: None });
            lanes.len() - 1
        };
        let mut future = pin!(future);
        let output = std::future::poll_fn(|cx| {
            let began = now();
            let polled = Pin::as_mut(&mut future).poll(cx);
            self.lanes.borrow_mut()[lane].runs.push((began, now()));
            polled
        })
        .await;
        self.lanes.borrow_mut()[lane].ended = Some(now());
        output
    }

    fn draw(&self, from: Instant, to: Instant) {
        let column = |at: Instant| {
            let part = (at - from).as_secs_f64() / (to - from).as_secs_f64();
            ((part * WIDTH as f64) as usize).min(WIDTH - 1)
        };
        for lane in self.lanes.borrow().iter() {
            let mut cells = vec![' '; WIDTH];
            let (Some(&(began, _)), Some(ended)) = (lane.runs.first(), lane.ended) else {
                continue;
            };
            cells[column(began)..=column(ended)].fill('·');
            for &(began, ended) in &lane.runs {
                cells[column(began)..=column(ended)].fill('█');
            }
            let polls = lane.runs.len();
            let busy: Duration = lane.runs.iter().map(|(began, ended)| *ended - *began).sum();
            let drawn: String = cells.into_iter().collect();
            println!("{:>8} |{drawn}| ran {:>3} ms in {polls} turns", lane.name, busy.as_millis());
        }
        println!(
            "{:>8}  0{:>width$}",
            "",
            format!("{} ms", (to - from).as_millis()),
            width = WIDTH - 1
        );
        println!("{:>8}  █ runs   · waits", "");
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
