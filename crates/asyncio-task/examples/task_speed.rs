//! What a child of a group, a member of a gather and a timeout cost.
//!
//! `cargo run --release -p asyncio-task --example task_speed`

use asyncio_executor::{LocalExecutor, ThreadPark};
use asyncio_task::{TaskGroup, gather, timeout, yield_now};
use std::time::{Duration, Instant};

const CHILDREN: u32 = 1000;
const ROUNDS: u32 = 200;

fn tell(what: &str, start: Instant, count: u32) {
    println!("{what:<40} {:>6.0} ns", start.elapsed().as_nanos() as f64 / f64::from(count));
}

fn main() {
    let run = LocalExecutor::new().run_until(
        async {
            let start = Instant::now();
            for _ in 0..ROUNDS {
                TaskGroup::run(async |g| {
                    for _ in 0..CHILDREN {
                        g.create_task(async {});
                    }
                })
                .await
                .unwrap();
            }
            tell("a child of a group, made and ended", start, CHILDREN * ROUNDS);

            let start = Instant::now();
            for _ in 0..ROUNDS {
                gather((0..CHILDREN).map(async |n| n)).await;
            }
            tell("a member of a gather", start, CHILDREN * ROUNDS);

            let start = Instant::now();
            TaskGroup::run(async |g| {
                for _ in 0..CHILDREN {
                    g.create_task(async {
                        for _ in 0..ROUNDS {
                            yield_now().await;
                        }
                    });
                }
            })
            .await
            .unwrap();
            tell("a turn of a child", start, CHILDREN * ROUNDS);

            let start = Instant::now();
            for _ in 0..CHILDREN * ROUNDS {
                timeout(Duration::from_secs(60), async |_| {}).await.unwrap();
            }
            tell("a timeout around what does not suspend", start, CHILDREN * ROUNDS);
        },
        &mut ThreadPark::new(),
    );
    run.expect("it neither panics nor is cancelled");
}
