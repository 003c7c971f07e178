//! A loop turned by somebody else.

use asyncio::{Backend, EventLoop, Turn, open_connection, sleep, start_server};
use rustix::event::{PollFd, PollFlags, poll};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// What a host does between two turns: sleeps on the descriptor and the deadline.
fn wait_as_a_host(event_loop: &EventLoop) {
    let timeout = event_loop.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
    let timeout = timeout.map(|left| left.try_into().expect("a short time"));
    poll(&mut [PollFd::new(&event_loop.as_fd(), PollFlags::IN)], timeout.as_ref())
        .expect("it can be polled");
}

fn turn_until(event_loop: &mut EventLoop, done: impl Fn() -> bool) {
    while !done() {
        let Turn { more, .. } = event_loop.turn(Some(Duration::ZERO)).unwrap();
        if !more && !done() {
            wait_as_a_host(event_loop);
        }
    }
}

fn on_both_drivers(test: impl Fn(EventLoop)) {
    for backend in [Backend::from_env(), Backend::Polling] {
        test(EventLoop::builder().virtual_time(false).backend(backend).build().unwrap());
    }
}

#[test]
fn timers_and_sockets_of_a_hosted_loop() {
    on_both_drivers(|mut event_loop| {
        let task = event_loop.create_task(async {
            let server = start_server(
                async |mut r: asyncio::StreamReader, mut w: asyncio::StreamWriter| {
                    let line = r.readline().await.unwrap();
                    sleep(Duration::from_millis(3)).await;
                    w.write_all(&line).await.unwrap();
                },
                "127.0.0.1:0",
            );
            let server = server.await.unwrap();
            let (mut r, mut w) = open_connection(server.local_addr()).await.unwrap();
            w.write_all(b"hosted\n").await.unwrap();
            r.readline().await.unwrap()
        });
        turn_until(&mut event_loop, || task.done());
        assert_eq!(event_loop.run_until_complete(task).unwrap().unwrap(), b"hosted\n");
    });
}

#[test]
fn a_call_from_another_thread_wakes_the_host() {
    on_both_drivers(|mut event_loop| {
        let handle = event_loop.handle();
        let (started, host_waits) = mpsc::channel::<()>();
        let called = Arc::new(AtomicUsize::new(0));
        let calls = called.clone();
        let caller = thread::spawn(move || {
            host_waits.recv().unwrap();
            handle
                .call_soon_threadsafe(move || {
                    calls.fetch_add(1, Ordering::AcqRel);
                })
                .unwrap();
        });
        let Turn { more, .. } = event_loop.turn(Some(Duration::ZERO)).unwrap();
        assert!(!more);
        started.send(()).unwrap();
        // Without the wake-up this poll would never return.
        turn_until(&mut event_loop, || called.load(Ordering::Acquire) == 1);
        caller.join().unwrap();
    });
}

#[test]
fn a_host_may_give_a_waker_instead() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::AcqRel);
        }
    }
    let mut event_loop = EventLoop::new().unwrap();
    let count = Arc::new(Count(AtomicUsize::new(0)));
    event_loop.set_waker(Waker::from(count.clone()));
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert_eq!(count.0.load(Ordering::Acquire), 0);
    let handle = event_loop.handle();
    thread::spawn(move || handle.call_soon_threadsafe(|| ()).unwrap()).join().unwrap();
    assert_eq!(count.0.load(Ordering::Acquire), 1);
    // A host that comes later: the loop sleeps already, and knows another.
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    let late = Arc::new(Count(AtomicUsize::new(0)));
    event_loop.set_waker(Waker::from(late.clone()));
    assert_eq!(late.0.load(Ordering::Acquire), 1);
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    let handle = event_loop.handle();
    thread::spawn(move || handle.call_soon_threadsafe(|| ()).unwrap()).join().unwrap();
    assert_eq!((late.0.load(Ordering::Acquire), count.0.load(Ordering::Acquire)), (2, 1));
}

#[test]
fn a_task_made_between_turns_is_seen() {
    let mut event_loop = EventLoop::new().unwrap();
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    let task = event_loop.create_task(async { 7 });
    assert!(event_loop.next_deadline().is_some());
    turn_until(&mut event_loop, || task.done());
}
