/// The scenarios, instantiated in the module of each runtime, whose `spawn`, `join`, `Lock` ... they use: one text, and
/// for each runtime its own bounds on what a task may hold.
macro_rules! scenarios {
    () => {
        use crate::measure::{Outcome, Params, Stopwatch, resident, self_wake};

        pub fn measure(scenario: &str, p: &Params) -> Option<Outcome> {
            let (n, rounds) = (p.n, p.rounds + 1);
            macro_rules! rounds {
                ($one:expr) => {
                    run(async move {
                        let mut times = Vec::new();
                        for _ in 0..rounds {
                            let watch = Stopwatch::start();
                            $one.await;
                            times.push(watch.stop());
                        }
                        Outcome::per_op(times, n)
                    })
                };
            }
            Some(match scenario {
                "spawn_join" | "spawn_join_1m" => rounds!(spawn_join(n)),
                "spawn_one" => rounds!(spawn_one(n)),
                "self_wake" => rounds!(wakes(n)),
                "yield_many" => rounds!(yield_many(n)),
                "ping_pong" => rounds!(ping_pong(n)),
                "queue_1p1c_1" => rounds!(queue_spsc(n, 1)),
                "queue_1p1c_100" => rounds!(queue_spsc(n, 100)),
                "queue_4p4c_100" => rounds!(queue_mpmc(n, 100)),
                "lock_free" => rounds!(lock_free(n)),
                "lock_contended" => rounds!(lock_contended(n)),
                "semaphore_contended" => rounds!(semaphore_contended(n)),
                "event_1000" => rounds!(event_wakes(n, 1000)),
                "reply" => rounds!(replies(n)),
                "timeout" => rounds!(timeouts(n, 100)),
                "timeout_turn" => rounds!(timeouts(n, 1)),
                "timers" => run(timers(n, rounds)),
                "sleep_1ms" => run(naps(n, Duration::from_millis(1))),
                "sleep_100us" => run(naps(n, Duration::from_micros(100))),
                "idle_task" => run(idle_tasks(n)),
                _ => return None,
            })
        }

        async fn spawn_join(n: usize) {
            let mut tasks = Vec::with_capacity(n);
            for i in 0..n {
                tasks.push(spawn(async move { i }));
            }
            let mut sum = 0;
            for task in tasks {
                sum += join(task).await;
            }
            assert_eq!(sum, n * (n - 1) / 2);
        }

        async fn spawn_one(n: usize) {
            let mut sum = 0;
            for i in 0..n {
                sum += join(spawn(async move { i })).await;
            }
            assert_eq!(sum, n * (n - 1) / 2);
        }

        async fn wakes(n: usize) {
            for _ in 0..n {
                self_wake().await;
            }
        }

        async fn yield_many(n: usize) {
            let tasks: Vec<_> = (0..1000).map(|_| spawn(wakes(n / 1000))).collect();
            for task in tasks {
                join(task).await;
            }
        }

        async fn ping_pong(n: usize) {
            let (mut ping, mut pinged) = spsc(1);
            let (mut pong, mut ponged) = spsc(1);
            let echo = spawn(async move {
                for _ in 0..n {
                    let value = get(&mut pinged).await;
                    put(&mut pong, value).await;
                }
            });
            let mut sum = 0;
            for i in 0..n {
                put(&mut ping, i).await;
                sum += get(&mut ponged).await;
            }
            join(echo).await;
            assert_eq!(sum, n * (n - 1) / 2);
        }

        async fn queue_spsc(n: usize, capacity: usize) {
            let (mut sender, mut receiver) = spsc(capacity);
            let producer = spawn(async move {
                for i in 0..n {
                    put(&mut sender, i).await;
                }
            });
            let consumer = spawn(async move {
                let mut sum = 0;
                for _ in 0..n {
                    sum += get(&mut receiver).await;
                }
                sum
            });
            join(producer).await;
            assert_eq!(join(consumer).await, n * (n - 1) / 2);
        }

        async fn queue_mpmc(n: usize, capacity: usize) {
            let queue = mpmc(capacity);
            let mut producers = Vec::new();
            let mut consumers = Vec::new();
            for _ in 0..4 {
                let queue = queue.clone();
                producers.push(spawn(async move {
                    for i in 0..n / 4 {
                        mpmc_put(&queue, i).await;
                    }
                }));
            }
            for _ in 0..4 {
                let queue = queue.clone();
                consumers.push(spawn(async move {
                    let mut sum = 0;
                    for _ in 0..n / 4 {
                        sum += mpmc_get(&queue).await;
                    }
                    sum
                }));
            }
            for producer in producers {
                join(producer).await;
            }
            let mut sum = 0;
            for consumer in consumers {
                sum += join(consumer).await;
            }
            let quarter = n / 4;
            assert_eq!(sum, 4 * (quarter * (quarter - 1) / 2));
        }

        async fn lock_free(n: usize) {
            let lock = new_lock();
            for _ in 0..n {
                add_locked(&lock, false).await;
            }
        }

        async fn lock_contended(n: usize) {
            let lock = new_lock();
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let lock = lock.clone();
                    spawn(async move {
                        for _ in 0..n / 100 {
                            add_locked(&lock, true).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                join(task).await;
            }
        }

        async fn semaphore_contended(n: usize) {
            let semaphore = new_semaphore();
            let tasks: Vec<_> = (0..100)
                .map(|_| {
                    let semaphore = semaphore.clone();
                    spawn(async move {
                        for _ in 0..n / 100 {
                            hold_permit(&semaphore).await;
                        }
                    })
                })
                .collect();
            for task in tasks {
                join(task).await;
            }
        }

        /// The last of the waiters to come says so, and waits: who fires never does it too early.
        async fn event_wakes(n: usize, waiters: usize) {
            use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
            let event = new_event();
            let ready = mpmc(1);
            let all_wait = ready.clone();
            let waiting = std::sync::Arc::new(AtomicUsize::new(0));
            let tasks: Vec<_> = (0..waiters)
                .map(|_| {
                    let (event, ready, waiting) = (event.clone(), ready.clone(), waiting.clone());
                    spawn(async move {
                        for _ in 0..n / waiters {
                            // One thread, so this need not be one operation.
                            let number = waiting.load(Relaxed) + 1;
                            waiting.store(number, Relaxed);
                            if number % waiters == 0 {
                                mpmc_put(&ready, number).await;
                            }
                            wait_event(&event).await;
                        }
                    })
                })
                .collect();
            for _ in 0..n / waiters {
                mpmc_get(&all_wait).await;
                fire(&event);
            }
            for task in tasks {
                join(task).await;
            }
        }

        async fn replies(n: usize) {
            let (mut ask, mut asked) = spsc(1);
            let server = spawn(async move {
                for _ in 0..n {
                    let (value, reply) = get(&mut asked).await;
                    answer(reply, value);
                }
            });
            let mut sum = 0;
            for i in 0..n {
                let (reply, replied) = oneshot();
                put(&mut ask, (i, reply)).await;
                sum += answered(replied).await;
            }
            join(server).await;
            assert_eq!(sum, n * (n - 1) / 2);
        }

        /// `per_turn` of them are made in each turn of the task.
        async fn timeouts(n: usize, per_turn: usize) {
            for i in 0..n {
                let mut sleep = std::pin::pin!(sleep(std::time::Duration::from_secs(10)));
                std::future::poll_fn(|cx| {
                    assert!(sleep.as_mut().poll(cx).is_pending());
                    std::task::Poll::Ready(())
                })
                .await;
                if i % per_turn == per_turn - 1 {
                    self_wake().await;
                }
            }
        }

        /// How late a sleep ends, in microseconds; less than zero if it was early.
        async fn nap(duration: Duration) -> f64 {
            let start = std::time::Instant::now();
            sleep(duration).await;
            (start.elapsed().as_nanos() as f64 - duration.as_nanos() as f64) / 1000.0
        }

        /// Evenly over 1 to 1000 ms, in an order that jumps about.
        async fn timers(n: usize, rounds: usize) -> Outcome {
            let (mut times, mut late) = (Vec::new(), Vec::new());
            for _ in 0..rounds {
                late.clear();
                let watch = Stopwatch::start();
                let tasks: Vec<_> = (0..n)
                    .map(|i| {
                        let micros = 1000 + (i * 7919 % n) * 999_000 / n;
                        spawn(nap(Duration::from_micros(micros as u64)))
                    })
                    .collect();
                for task in tasks {
                    late.push(join(task).await);
                }
                times.push(watch.stop());
            }
            // How late they were is that of the last round.
            Outcome::per_op(times, n).and(Outcome::late(late))
        }

        async fn naps(n: usize, duration: Duration) -> Outcome {
            // The first ones set up what the others use.
            for _ in 0..10 {
                nap(duration).await;
            }
            let mut late = Vec::new();
            let watch = Stopwatch::start();
            for _ in 0..n {
                late.push(nap(duration).await);
            }
            Outcome::late(late).and(Outcome::per_op(vec![watch.stop()], n))
        }

        async fn idle_tasks(n: usize) -> Outcome {
            // What the first tasks set up does not count.
            for _ in 0..100 {
                join(spawn(async {})).await;
            }
            let before = resident();
            for _ in 0..n {
                detach(spawn(std::future::pending::<()>()));
            }
            for _ in 0..10 {
                self_wake().await;
            }
            Outcome::bytes(resident().saturating_sub(before), n)
        }
    };
}
