//! Ten small programs, each of which pins a shape of the API.

#![allow(clippy::useless_vec, reason = "the programs stand as they were first written")]

use asyncio::local::Event as LocalEvent;
use asyncio::{
    BoxError, Event, EventLoop, Lock, Queue, StreamReader, StreamWriter, TaskGroup, catch_cancel,
    create_task, current_task, gather, now, recorded, run_virtual, sleep, spawn, start_server,
    timeout, to_thread, with_cleanup,
};
use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

async fn say(seconds: u64, what: &str) -> usize {
    sleep(s(seconds)).await;
    what.len()
}

async fn fetch(url: &str) -> Result<usize, BoxError> {
    sleep(s(1)).await;
    Ok(url.len())
}

#[test]
fn p1_spawn_borrow_gather_join() {
    let n = run_virtual(async {
        let t = create_task(say(1, "hello"));
        let (a, b) = gather!(say(2, "big"), say(2, "world")).await;
        t.await.unwrap() + a + b
    });
    assert_eq!(n, 13);
}

#[test]
fn p2_children_borrow_and_mutate() {
    async fn program() -> Result<usize, BoxError> {
        let (urls, mut hits) = (vec!["a".to_string(), "bc".into()], vec![0]);
        let (a, b) = TaskGroup::run(async |g| {
            g.create_task(async { hits.push(1) });
            (g.create_task(fetch(&urls[0])), g.create_task(fetch(&urls[1])))
        })
        .await?;
        Ok(a.result()? + b.result()? + hits.len())
    }
    assert_eq!(run_virtual(program()).unwrap(), 5);
}

#[test]
fn p3_a_group_inside_a_send_task() {
    let n = run_virtual(async {
        spawn(async {
            let urls = vec!["a".to_string()];
            timeout(s(5), async |t| {
                TaskGroup::try_run(async |g| {
                    let g2 = g.clone();
                    g.create_task(async move {
                        g2.create_task(async {});
                    });
                    t.reschedule(s(9));
                    Ok(g.create_task(fetch(&urls[0])).await? + fetch("x").await?)
                })
                .await
            })
            .await
        })
        .await
        .unwrap()
        .unwrap()
        .unwrap()
    });
    assert_eq!(n, 2);
}

#[test]
fn p4_two_clean_ups_of_unequal_length_both_finish() {
    async fn program(q: &Queue<&'static str>) {
        let job = |n, d| {
            with_cleanup(pending::<()>(), async move || {
                sleep(s(d)).await;
                q.put(n).await.unwrap()
            })
        };
        let r = timeout(s(1), async |_| gather!(job("a", 1), job("b", 3)).await).await;
        assert!(r.is_err());
        assert_eq!((q.get_nowait().unwrap(), q.get_nowait().unwrap()), ("a", "b"));
    }
    run_virtual(async { program(&Queue::new(0)).await });
}

#[test]
fn p5_can_5_can_6_forwarding() {
    run_virtual(async {
        let inner = create_task(async {
            match catch_cancel(pending::<()>()).await {
                Err(c) => {
                    c.swallow();
                    "kept"
                }
                Ok(()) => "",
            }
        });
        let outer = create_task(async move { (inner.await.unwrap(), current_task().cancelling()) });
        sleep(s(0)).await;
        outer.cancel();
        assert_eq!(outer.await.unwrap(), ("kept", 1));
    });
}

#[test]
fn p6_que_9_que_11_a_woken_getter_owns_nothing() {
    run_virtual(async {
        let q = Rc::new(Queue::new(1));
        let getter = create_task({
            let q = q.clone();
            async move { q.get().await }
        });
        sleep(s(0)).await;
        q.put_nowait(1).unwrap();
        assert_eq!((q.qsize(), q.put_nowait(2).is_err()), (1, true));
        getter.cancel();
        assert!(getter.await.unwrap_err().is_cancelled());
        assert_eq!(q.get_nowait().unwrap(), 1);
    });
}

fn std_connect_send_shutdown_read_to_end(address: SocketAddr, data: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(data)?;
    stream.shutdown(Shutdown::Write)?;
    let mut got = Vec::new();
    stream.read_to_end(&mut got)?;
    Ok(got)
}

#[test]
fn p7_data_and_fin_in_one_event_end_in_eof() {
    async fn program() -> io::Result<()> {
        let srv = start_server(
            async |mut r: StreamReader, mut w: StreamWriter| {
                let mut b = [0; 4096];
                loop {
                    match r.read(&mut b).await {
                        Ok(0) | Err(_) => return,
                        Ok(n) => {
                            if w.write_all(&b[..n]).await.is_err() {
                                return;
                            }
                        }
                    }
                }
            },
            "127.0.0.1:0",
        )
        .await?;
        let a = srv.local_addr();
        create_task(async move { srv.serve_forever().await });
        let got =
            to_thread(move || std_connect_send_shutdown_read_to_end(a, b"hi")).await.unwrap()?;
        assert_eq!(got, b"hi");
        Ok(())
    }
    asyncio::run(program()).unwrap();
}

/// What p8 spawns on an executor of somebody else's.
async fn foreign_job(l: Arc<Lock<i32>>, done: mpsc::Sender<String>) {
    *l.lock().await += 1;
    sleep(Duration::from_millis(20)).await;
    assert!(timeout(Duration::from_millis(20), async |_| pending::<()>().await).await.is_err());
    done.send(current_task().name().into_owned()).unwrap();
}

#[test]
fn p8_under_tokio_with_no_loop_of_ours() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let (l, (tx, rx)) = (Arc::new(Lock::new(0)), mpsc::channel());
    runtime.spawn(recorded("job", foreign_job(l.clone(), tx)));
    assert_eq!(rx.recv().unwrap(), "job");
    assert_eq!(*l.try_lock().unwrap(), 1);
}

#[test]
fn p8_under_async_executor_with_no_loop_of_ours() {
    let executor = async_executor::Executor::new();
    let (l, (tx, rx)) = (Arc::new(Lock::new(0)), mpsc::channel());
    let task = executor.spawn(recorded("job", foreign_job(l.clone(), tx)));
    futures_lite::future::block_on(executor.run(task)).unwrap();
    assert_eq!(rx.recv().unwrap(), "job");
    assert_eq!(*l.try_lock().unwrap(), 1);
}

#[test]
fn p9_a_waker_outlives_its_hosted_loop() {
    fn program() -> io::Result<()> {
        let mut l = EventLoop::new()?;
        let slot = Rc::new(RefCell::new(None::<Waker>));
        let s2 = slot.clone();
        l.create_task(poll_fn(move |cx| {
            *s2.borrow_mut() = Some(cx.waker().clone());
            Poll::<()>::Pending
        }));
        l.turn(Some(s(0)))?;
        let w = slot.take().unwrap();
        drop(l);
        thread::spawn(move || {
            w.wake_by_ref();
            drop(w.clone());
            drop(w)
        })
        .join()
        .unwrap();
        Ok(())
    }
    program().unwrap();
}

#[test]
fn p10_a_virtual_day_first_in_first_out() {
    run_virtual(async {
        let (e, out, t0) = (Rc::new(Event::new()), Rc::new(RefCell::new(vec![])), now());
        for n in 0..3 {
            let (e, out) = (e.clone(), out.clone());
            create_task(async move {
                e.wait().await;
                out.borrow_mut().push(n)
            });
        }
        sleep(s(86_400)).await;
        e.set();
        sleep(s(0)).await;
        sleep(s(0)).await;
        assert_eq!((now() - t0, &*out.borrow()), (s(86_400), &vec![0, 1, 2]));
    });
}

#[test]
fn p10_the_same_with_a_local_event() {
    run_virtual(async {
        let (e, out) = (Rc::new(LocalEvent::new()), Rc::new(RefCell::new(vec![])));
        for n in 0..3 {
            let (e, out) = (e.clone(), out.clone());
            create_task(async move {
                e.wait().await;
                out.borrow_mut().push(n)
            });
        }
        sleep(s(1)).await;
        e.set();
        sleep(s(0)).await;
        sleep(s(0)).await;
        assert_eq!(*out.borrow(), [0, 1, 2]);
    });
}
