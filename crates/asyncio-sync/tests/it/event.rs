//! Event: who is released, and when.

use crate::fifo::{Fifo, Log, at_once, poll};
use crate::in_both_confinements;
use asyncio_sync::confined::{Confinement, Event};
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

in_both_confinements! {
    evt_1_created_unset,
    evt_2_a_set_event_does_not_suspend,
    evt_3_set_wakes_all_in_order,
    evt_4_who_comes_after_set_goes_first,
    evt_5_clear_wakes_nobody,
    evt_6_set_and_clear_releases_those_who_were_there,
    evt_6_a_waiter_polled_before_its_wake_is_released_too,
    evt_7_a_second_set_has_no_effect,
    evt_8_a_cancelled_waiter_leaves,
    evt_9_text,
}

fn start<'a, R: Confinement>(fifo: &Fifo<'a>, event: &'a Event<R>, log: &Log, numbers: &[usize]) {
    for &number in numbers {
        let log = log.clone();
        fifo.spawn(async move {
            event.wait().await;
            log.add(number);
        });
    }
}

fn evt_1_created_unset<R: Confinement>() {
    let event = Event::<R>::new();
    assert!(!event.is_set());
    assert!(poll(pin!(event.wait())).is_pending());
}

fn evt_2_a_set_event_does_not_suspend<R: Confinement>() {
    let event = Event::<R>::new();
    event.set();
    at_once(event.wait());
}

fn evt_3_set_wakes_all_in_order<R: Confinement>() {
    // More than are woken at a time.
    let (event, log) = (Event::<R>::new(), Log::default());
    let fifo = Fifo::new();
    let numbers: Vec<_> = (0..100).collect();
    start(&fifo, &event, &log, &numbers);
    fifo.run();
    event.set();
    fifo.turn();
    assert_eq!(log.take(), numbers);
}

fn evt_4_who_comes_after_set_goes_first<R: Confinement>() {
    let (event, log) = (Event::<R>::new(), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &event, &log, &[1]);
    fifo.run();
    start(&fifo, &event, &log, &[2]);
    event.set();
    fifo.run();
    assert_eq!(log.take(), [2, 1]);
}

fn evt_5_clear_wakes_nobody<R: Confinement>() {
    let (event, log) = (Event::<R>::new(), Log::default());
    event.set();
    event.clear();
    assert!(!event.is_set());
    let fifo = Fifo::new();
    start(&fifo, &event, &log, &[1]);
    fifo.run();
    event.clear();
    fifo.run();
    assert_eq!(log.take(), []);
}

fn evt_6_set_and_clear_releases_those_who_were_there<R: Confinement>() {
    let (event, log) = (Event::<R>::new(), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &event, &log, &[1, 2]);
    fifo.run();
    event.set();
    event.clear();
    start(&fifo, &event, &log, &[3]);
    fifo.run();
    assert_eq!(log.take(), [1, 2]);
    event.set();
    fifo.run();
    assert_eq!(log.take(), [3]);
}

fn evt_6_a_waiter_polled_before_its_wake_is_released_too<R: Confinement>() {
    // The first waker clears the event and polls a waiter of the next chunk.
    use std::sync::{Arc, Mutex};
    use std::task::{Context, Wake, Waker};
    struct Call(Mutex<Option<Box<dyn FnOnce() + Send>>>);
    impl Wake for Call {
        fn wake(self: Arc<Self>) {
            if let Some(f) = self.0.lock().unwrap().take() {
                f();
            }
        }
    }
    /// Sent nowhere: the waker is woken on the thread of the test.
    struct Unsent<T>(T);
    // SAFETY: as above.
    unsafe impl<T> Send for Unsent<T> {}
    impl<T: FnOnce()> Unsent<T> {
        fn call(self) {
            (self.0)();
        }
    }

    let event: &Event<R> = Box::leak(Box::new(Event::new()));
    let mut first = Box::pin(event.wait());
    let mut between: Vec<_> = (0..64).map(|_| Box::pin(event.wait())).collect();
    let mut last = Box::pin(event.wait());
    let log = Arc::new(Mutex::new(Vec::new()));
    let call = Arc::new(Call(Mutex::new(None)));
    assert!(first.as_mut().poll(&mut Context::from_waker(&Waker::from(call.clone()))).is_pending());
    between.iter_mut().for_each(|wait| assert!(poll(wait.as_mut()).is_pending()));
    assert!(poll(last.as_mut()).is_pending());
    let kept = Rc::new(RefCell::new(None));
    let (seen, keep) = (log.clone(), kept.clone());
    let check = Unsent(move || {
        event.clear();
        let mut late = Box::pin(event.wait());
        let polled = (poll(last.as_mut()).is_ready(), poll(late.as_mut()).is_ready());
        seen.lock().unwrap().push(polled);
        *keep.borrow_mut() = Some(late);
    });
    let check: Box<dyn FnOnce() + Send> = Box::new(move || check.call());
    *call.0.lock().unwrap() = Some(check);
    event.set();
    assert_eq!(*log.lock().unwrap(), [(true, false)]);
    between.iter_mut().for_each(|wait| assert!(poll(wait.as_mut()).is_ready()));
    // Who began to wait after the clear waits on, although others were still being woken then.
    let mut late = kept.take().unwrap();
    assert!(poll(late.as_mut()).is_pending());
    drop((first, between, late));
    // SAFETY: nothing borrows the event any more.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(event).cast_mut()) });
}

fn evt_7_a_second_set_has_no_effect<R: Confinement>() {
    let (event, log) = (Event::<R>::new(), Log::default());
    let fifo = Fifo::new();
    start(&fifo, &event, &log, &[1]);
    fifo.run();
    event.set();
    event.set();
    fifo.run();
    assert_eq!(log.take(), [1]);
}

fn evt_8_a_cancelled_waiter_leaves<R: Confinement>() {
    for after_set in [false, true] {
        let (event, log) = (Event::<R>::new(), Log::default());
        let fifo = Fifo::new();
        start(&fifo, &event, &log, &[0, 1, 2]);
        fifo.run();
        if after_set {
            event.set();
        }
        fifo.cancel(1);
        event.set();
        fifo.run();
        assert_eq!(log.take(), [0, 2]);
    }
}

fn evt_9_text<R: Confinement>() {
    let event = Event::<R>::new();
    let mut waiter = pin!(event.wait());
    assert!(poll(waiter.as_mut()).is_pending());
    assert_eq!(format!("{event:?}"), r#"Event { state: "unset", waiters: 1 }"#);
    event.set();
    assert_eq!(format!("{event:?}"), r#"Event { state: "set", waiters: 0 }"#);
    assert!(poll(waiter).is_ready());
}
