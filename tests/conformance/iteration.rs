//! One iteration of the loop.

use crate::notes::*;
use asyncio::reactor::Async;
use asyncio::{EventLoop, create_task, get_running_loop, now, sleep, yield_now};
use std::cell::Cell;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};

const MS: Duration = Duration::from_millis(1);

fn pair() -> (Async<UnixStream>, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    (Async::new(ours).unwrap(), theirs)
}

/// Uses the thread up until `at`: what is due then is due at the next look at the driver.
fn spin_until(at: Instant) {
    while Instant::now() < at {
        std::hint::spin_loop();
    }
}

/// Callbacks, an event and timers that are there at one look of the loop: the order in which they run.
fn ready_at_once() -> String {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run(async move {
        let event_loop = get_running_loop();
        let (ours, mut theirs) = pair();
        let heard = said.clone();
        let reader = create_task(async move {
            ours.readable().await.unwrap();
            heard.say("event");
        });
        yield_now().await;
        yield_now().await;
        let due = now() + MS;
        event_loop.call_at(due + MS, said.note("later"));
        event_loop.call_at(due, said.note("sooner"));
        event_loop.call_at(due, || unreachable!()).cancel();
        yield_now().await;
        theirs.write_all(b"x").unwrap();
        spin_until(due + 2 * MS);
        event_loop.call_soon(said.note("ready"));
        reader.await.unwrap();
        sleep(MS).await;
    });
    notes.read()
}

#[test]
fn ll1_1_a_turn_polls_once_then_runs_what_was_ready_events_and_due_timers() {
    let order = ready_at_once();
    for what in ["ready", "event", "sooner", "later"] {
        assert_eq!(order.matches(what).count(), 1, "{order}");
    }
}

#[test]
fn ll1_2_a_loop_with_something_ready_does_not_wait() {
    asyncio::run_virtual(async {
        let event_loop = get_running_loop();
        let began = now();
        let timer = event_loop.call_later(Duration::from_secs(1), || ());
        for _ in 0..1000 {
            yield_now().await;
        }
        assert_eq!(now(), began);
        // With nothing ready it waits for the first deadline, and no longer.
        sleep(Duration::from_secs(3)).await;
        assert_eq!(now() - began, Duration::from_secs(3));
        drop(timer);
    });
}

#[test]
fn ll1_3_ready_then_events_then_timers_by_deadline() {
    assert_eq!(ready_at_once(), "ready event sooner later");
}

#[test]
fn ll1_4_of_one_descriptor_the_reader_comes_before_the_writer() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run(async move {
        let (ours, mut theirs) = pair();
        let ours = Rc::new(ours);
        let full = |_: &UnixStream| loop {
            if let Err(error) = (&mut ours.get_ref()).write(&[0; 4096]) {
                break error.kind();
            }
        };
        assert_eq!(full(ours.get_ref()), std::io::ErrorKind::WouldBlock);
        let (reads, writes) = (said.clone(), said.clone());
        let (to_read, to_write) = (ours.clone(), ours.clone());
        let writer = create_task(async move {
            to_write.write_with(|mut io: &UnixStream| io.write(b"x")).await.unwrap();
            writes.say("write");
        });
        let reader = create_task(async move {
            to_read.readable().await.unwrap();
            reads.say("read");
        });
        yield_now().await;
        yield_now().await;
        theirs.set_nonblocking(true).unwrap();
        let mut bytes = [0; 4096];
        while theirs.read(&mut bytes).is_ok() {}
        theirs.write_all(b"x").unwrap();
        reader.await.unwrap();
        writer.await.unwrap();
    });
    assert_eq!(notes.read(), "read write");
}

#[test]
fn ll1_5_what_is_queued_while_a_batch_runs_is_the_next_batch() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let event_loop = get_running_loop();
        let (first, inner) = (said.clone(), said.clone());
        event_loop.call_soon(move || {
            first.say("1");
            get_running_loop().call_soon(inner.note("3"));
        });
        event_loop.call_soon(said.note("2"));
        sleep(MS).await;
    });
    assert_eq!(notes.read(), "1 2 3");
}

#[test]
fn ll1_6_a_callback_that_queues_itself_again_starves_neither_events_nor_timers() {
    fn again(stop: Rc<Cell<u32>>) {
        if stop.get() < 2 {
            get_running_loop().call_soon(move || again(stop));
        }
    }
    asyncio::run(async {
        let event_loop = get_running_loop();
        let done = Rc::new(Cell::new(0));
        let (ours, mut theirs) = pair();
        let seen = done.clone();
        let reader = create_task(async move {
            ours.readable().await.unwrap();
            seen.set(seen.get() + 1);
        });
        let seen = done.clone();
        event_loop.call_later(MS, move || seen.set(seen.get() + 1));
        let spinning = done.clone();
        event_loop.call_soon(move || again(spinning));
        theirs.write_all(b"x").unwrap();
        reader.await.unwrap();
        while done.get() < 2 {
            yield_now().await;
        }
    });
}

#[test]
fn ll1_7_a_delay_of_zero_comes_after_what_is_queued_behind_it() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let event_loop = get_running_loop();
        event_loop.call_later(Duration::ZERO, said.note("timer"));
        event_loop.call_soon(said.note("soon"));
        sleep(MS).await;
    });
    assert_eq!(notes.read(), "soon timer");
}

#[test]
fn diff_ll1_8_a_timer_is_never_early() {
    asyncio::run(async {
        let event_loop = get_running_loop();
        let early = Rc::new(Cell::new(None));
        for micros in [1, 3, 10, 333] {
            let when = now() + Duration::from_micros(micros);
            let seen = early.clone();
            event_loop.call_at(when, move || seen.set(Some(now() < when)));
            sleep(MS).await;
            assert_eq!(early.take(), Some(false));
        }
    });
}

#[test]
fn ll1_9_short_timers_are_waits_and_no_busy_loop() {
    let mut event_loop = EventLoop::new().unwrap();
    let task = event_loop.create_task(async {
        for nanos in [10_000_000, 1_000_000, 1000, 10, 1] {
            sleep(Duration::from_nanos(nanos)).await;
        }
    });
    let mut turns = 0;
    while !task.done() {
        event_loop.turn(None).unwrap();
        turns += 1;
    }
    assert!(turns <= 20, "{turns} turns");
}

#[test]
fn ll1_10_a_callback_stops_another_one_of_the_same_batch() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let event_loop = get_running_loop();
        let second = Rc::new(Cell::new(None));
        let stops = second.clone();
        event_loop.call_soon(move || stops.take().map_or((), |h: asyncio::Handle| h.cancel()));
        second.set(Some(event_loop.call_soon(said.note("second"))));
        event_loop.call_soon(said.note("third"));
        sleep(MS).await;
    });
    assert_eq!(notes.read(), "third");
}

#[test]
fn ll1_11_a_panic_in_a_callback_is_reported_and_the_batch_goes_on() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let event_loop = get_running_loop();
        let reports = reports(&event_loop);
        event_loop.call_soon(|| panic!("broken"));
        event_loop.call_soon(said.note("next"));
        sleep(MS).await;
        assert_eq!(reports.borrow().len(), 1);
    });
    assert_eq!(notes.read(), "next");
}

#[test]
fn diff_ll1_14_a_cancelled_timer_leaves_the_wheel_in_the_next_turn() {
    let mut event_loop = virtual_loop();
    let timers: Vec<_> = {
        let l = event_loop.loop_ref();
        let later = |n| l.call_later(Duration::from_secs(n), || ());
        event_loop.run_until_complete(async move { (1..=101).map(later).collect() }).unwrap()
    };
    event_loop.turn(Some(Duration::ZERO)).unwrap();
    assert!(event_loop.next_deadline().is_some());
    timers.iter().for_each(asyncio::TimerHandle::cancel);
    while event_loop.turn(Some(Duration::ZERO)).unwrap().more {}
    assert_eq!(event_loop.next_deadline(), None);
}

#[test]
fn diff_ll1_15_equal_deadlines_fire_in_the_order_in_which_they_were_set() {
    let notes = Notes::new();
    let said = notes.clone();
    asyncio::run_virtual(async move {
        let when = now() + MS;
        for n in 0..6 {
            get_running_loop().call_at(when, said.note(n));
        }
        sleep(2 * MS).await;
    });
    assert_eq!(notes.read(), "0 1 2 3 4 5");
}

#[test]
fn diff_ll1_16_readiness_is_remembered_until_an_operation_would_block() {
    asyncio::run(async {
        let (ours, mut theirs) = pair();
        theirs.write_all(b"xy").unwrap();
        ours.readable().await.unwrap();
        assert_eq!(ours.read_with(|mut io: &UnixStream| io.read(&mut [0])).await.unwrap(), 1);
        // The second byte is still there: no new event is needed to see it.
        ours.readable().await.unwrap();
        assert_eq!(ours.read_with(|mut io: &UnixStream| io.read(&mut [0])).await.unwrap(), 1);
        drop(theirs);
        // A hang-up counts for both directions.
        ours.readable().await.unwrap();
        ours.writable().await.unwrap();
        assert_eq!(ours.read_with(|mut io: &UnixStream| io.read(&mut [0])).await.unwrap(), 0);
    });
}

#[test]
fn ll1_17_a_wait_that_a_signal_interrupts_goes_on() {
    if is_alone() {
        let seen = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        signal_hook::flag::register(signal_hook::consts::SIGUSR1, seen.clone()).unwrap();
        let over = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let ended = over.clone();
        let sender = std::thread::spawn(move || {
            while !ended.load(std::sync::atomic::Ordering::Relaxed) {
                let signal = rustix::process::Signal::USR1;
                rustix::process::kill_process(rustix::process::getpid(), signal).unwrap();
                std::thread::yield_now();
            }
        });
        asyncio::run(async {
            while !seen.load(std::sync::atomic::Ordering::Relaxed) {
                let began = now();
                sleep(5 * MS).await;
                assert!(now() - began >= 5 * MS);
            }
        });
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        sender.join().unwrap();
        return;
    }
    alone("iteration::ll1_17_a_wait_that_a_signal_interrupts_goes_on", &[]);
}
