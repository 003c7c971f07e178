//! Under an executor that knows nothing of us: the driver thread.

use crate::support::{Count, poll_with};
use async_executor::Executor;
use asyncio_reactor::{Async, Driver, Sleep, interval, sleep};
use futures_lite::{AsyncReadExt, AsyncWriteExt, StreamExt, future};
use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Barrier;
use std::time::{Duration, Instant};

#[test]
fn everything_works_under_a_foreign_executor_with_threads() {
    static EXECUTOR: Executor<'_> = Executor::new();
    let executor = &EXECUTOR;
    std::thread::scope(|scope| {
        let (signal, shutdown) = shutdown();
        for _ in 0..2 {
            let shutdown = shutdown.clone();
            scope.spawn(move || future::block_on(executor.run(shutdown.wait())));
        }
        future::block_on(executor.run(async {
            let listener = Async::new(TcpListener::bind("127.0.0.1:0")?)?;
            let address = listener.get_ref().local_addr()?;
            let server = executor.spawn(async move {
                for _ in 0..20 {
                    let (stream, _) = listener.read_with(|l| l.accept()).await?;
                    executor
                        .spawn(async move {
                            let mut stream = Async::new(stream)?;
                            let mut buf = [0; 64];
                            loop {
                                match stream.read(&mut buf).await? {
                                    0 => return io::Result::Ok(()),
                                    n => stream.write_all(&buf[..n]).await?,
                                }
                            }
                        })
                        .detach();
                }
                io::Result::Ok(())
            });
            let clients: Vec<_> = (0..20)
                .map(|n: u8| {
                    executor.spawn(async move {
                        let mut stream = Async::new(TcpStream::connect(address)?)?;
                        for round in 0..50 {
                            stream.write_all(&[n, round]).await?;
                            let mut buf = [0; 2];
                            stream.read_exact(&mut buf).await?;
                            assert_eq!(buf, [n, round]);
                            if round % 10 == 0 {
                                sleep(Duration::from_micros(100)).await;
                            }
                        }
                        io::Result::Ok(())
                    })
                })
                .collect();
            for client in clients {
                client.await?;
            }
            server.await?;
            let start = Instant::now();
            assert_eq!(interval(Duration::from_millis(1)).take(4).count().await, 4);
            assert!(start.elapsed() >= Duration::from_millis(3));
            io::Result::Ok(())
        }))
        .unwrap();
        signal.set();
    });
}

/// An event for several waiters: a pipe that is closed.
fn shutdown() -> (Signal, Shutdown) {
    let (reader, writer) = io::pipe().unwrap();
    (Signal(writer), Shutdown(std::sync::Arc::new(Async::new(reader).unwrap())))
}

struct Signal(io::PipeWriter);

impl Signal {
    fn set(self) {
        drop(self.0);
    }
}

#[derive(Clone)]
struct Shutdown(std::sync::Arc<Async<io::PipeReader>>);

impl Shutdown {
    async fn wait(self) {
        self.0.readable().await.unwrap();
    }
}

#[test]
fn many_sleeps_from_many_threads() {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for n in 0..200_u64 {
                    let duration = Duration::from_micros((n * 37 + thread * 11) % 500);
                    let start = Instant::now();
                    let raced = future::block_on(future::or(
                        async {
                            sleep(duration).await;
                            true
                        },
                        async {
                            sleep(Duration::from_secs(3600)).await;
                            false
                        },
                    ));
                    assert!(raced && start.elapsed() >= duration);
                }
            });
        }
    });
}

/// Whichever comes first: who waits is woken, or finds out by itself that it has to look for another driver.
#[test]
fn a_sleep_is_moved_while_its_driver_goes() {
    for round in 0..100 {
        let mut driver = Driver::new().unwrap();
        let (woken, waker) = Count::new();
        let far = Duration::from_secs(3600);
        let mut nap = Sleep::with_handle(far, &driver.handle());
        let both = Barrier::new(2);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert!(poll_with(&mut nap, &waker).is_pending());
                both.wait();
                for n in 0..20 {
                    nap.reset(Instant::now() + far + Duration::from_secs(n));
                }
            });
            both.wait();
            for _ in 0..round % 3 {
                driver.turn(Some(Duration::ZERO)).unwrap();
            }
            drop(driver);
        });
        assert_eq!(woken.get(), 1);
        nap.reset(Instant::now());
        future::block_on(nap);
    }
}
