//! What other threads may do to a task and its tree, in every order (loom).
//!
//! `LOOM_MAX_PREEMPTIONS=2 RUSTFLAGS="--cfg loom" cargo test -p asyncio-context --release --lib loom`
//!
//! Without a bound they take many minutes.
//!
//! The mutations that were tried on these are listed in `tests/MUTATIONS.md`.

use crate::tree::{Leaf, Node, Step};
use crate::{Cancelled, JoinError, Recorded, TaskRef, catch_cancel};
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;
use std::panic::Location;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// Says whether the task was woken since it was polled.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

struct Task<T> {
    fut: Pin<Box<Recorded<Pin<Box<dyn Future<Output = T>>>>>>,
    woken: Arc<Woken>,
}

impl<T> Task<T> {
    fn new(fut: impl Future<Output = T> + 'static) -> Task<T> {
        let fut: Pin<Box<dyn Future<Output = T>>> = Box::pin(fut);
        let fut = Box::pin(Recorded::new(fut, Location::caller()));
        Task { fut, woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    fn task(&self) -> TaskRef {
        self.fut.task()
    }

    /// One turn, if the task was woken: a lost wake is a task that does not end.
    fn turn(&mut self) -> Poll<Result<T, JoinError>> {
        if !self.woken.0.swap(false, Ordering::Acquire) {
            return Poll::Pending;
        }
        let waker = Waker::from(self.woken.clone());
        self.fut.as_mut().poll(&mut Context::from_waker(&waker))
    }

    /// As many turns as it is woken for, and not endlessly many.
    fn settle(&mut self) -> Option<Result<T, JoinError>> {
        for _ in 0..6 {
            match self.turn() {
                Poll::Ready(end) => return Some(end),
                Poll::Pending if !self.woken.0.load(Ordering::Acquire) => return None,
                Poll::Pending => {}
            }
        }
        panic!("woken without end");
    }
}

async fn pending() {
    std::future::pending::<()>().await;
}

fn text(end: Result<(), JoinError>) -> Option<String> {
    let error = end.expect_err("the task never returns");
    assert!(error.is_cancelled());
    error.message().map(str::to_owned)
}

/// A request comes with its message, in whichever turn, and wakes.
#[test]
fn loom_cancel_against_a_turn() {
    loom::model(|| {
        let mut task = Task::new(pending());
        let handle = task.task();
        let other = thread::spawn(move || assert!(handle.cancel_with("m")));
        let early = task.turn();
        other.join().unwrap();
        let end = match early {
            Poll::Ready(end) => Some(end),
            Poll::Pending => task.settle(),
        };
        assert_eq!(text(end.expect("delivered")).as_deref(), Some("m"));
    });
}

/// Whoever asks has what it did before seen by the code that runs after the delivery.
#[test]
fn loom_what_was_done_before_a_request_is_seen() {
    loom::model(|| {
        let done = Arc::new(AtomicBool::new(false));
        let (done2, done3) = (done.clone(), done);
        let mut task = Task::new(async move {
            let token = catch_cancel(pending()).await.expect_err("asked");
            assert!(done2.load(Ordering::Relaxed));
            token.propagate().await
        });
        assert!(task.turn().is_pending());
        let handle = task.task();
        let other = thread::spawn(move || {
            done3.store(true, Ordering::Relaxed);
            handle.cancel();
        });
        task.woken.0.store(true, Ordering::Relaxed);
        let early = task.turn();
        other.join().unwrap();
        let end = match early {
            Poll::Ready(end) => Some(end),
            Poll::Pending => task.settle(),
        };
        assert_eq!(text(end.expect("delivered")), None);
    });
}

/// Of two requests that are merged the first one's message arrives; of two that are not, the one
/// that was delivered.
#[test]
fn loom_two_cancel_against_a_turn() {
    loom::model(|| {
        let mut task = Task::new(pending());
        let (a, b) = (task.task(), task.task());
        let others =
            [thread::spawn(move || a.cancel_with("a")), thread::spawn(move || b.cancel_with("b"))];
        let early = task.turn();
        let [a, b] = others.map(|other| other.join().unwrap());
        let end = match early {
            Poll::Ready(end) => Some(end),
            Poll::Pending => task.settle(),
        };
        match text(end.expect("delivered")).as_deref() {
            Some("a") => assert!(a),
            Some("b") => assert!(b),
            other => panic!("{other:?}"),
        }
        assert_eq!(task.task().cancelling(), usize::from(a) + usize::from(b));
    });
}

/// A request without a message must not get that of one that was withdrawn.
#[test]
fn loom_withdraw_against_a_turn_and_a_request() {
    loom::model(|| {
        let mut task = Task::new(pending());
        let (a, b) = (task.task(), task.task());
        assert!(a.cancel_with("a"));
        let other = thread::spawn(move || a.uncancel());
        let early = task.turn();
        other.join().unwrap();
        match early {
            Poll::Ready(end) => assert_eq!(text(end).as_deref(), Some("a")),
            Poll::Pending => {
                assert!(task.settle().is_none(), "withdrawn");
                assert!(b.cancel());
                assert_eq!(text(task.settle().expect("delivered")), None);
            }
        }
    });
}

/// A task that returns in the turn in which it is asked: the value stands, or it was asked before.
#[test]
fn loom_cancel_against_the_end() {
    loom::model(|| {
        let mut task = Task::new(async {});
        let handle = task.task();
        let other = thread::spawn(move || handle.cancel());
        let Poll::Ready(end) = task.turn() else { panic!("ends in its first turn") };
        let asked = other.join().unwrap();
        assert!(end.is_ok() || asked);
        assert!(!task.task().cancel());
        assert!(task.task().cancelling() <= usize::from(asked));
    });
}

type Slot<T> = Arc<Mutex<Option<T>>>;

fn slot<T>() -> Slot<T> {
    Arc::new(Mutex::new(None))
}

fn take<T>(slot: &Slot<T>) -> T {
    slot.lock().unwrap().take().expect("it was put there")
}

/// A task that was asked, gave its token away and waits.
fn gave_its_token_away() -> (Task<()>, Cancelled) {
    let token = slot();
    let token2 = token.clone();
    let mut task = Task::new(async move {
        let caught = catch_cancel(pending()).await;
        *token2.lock().unwrap() = caught.err();
        pending().await
    });
    assert!(task.turn().is_pending());
    task.task().cancel();
    assert!(task.turn().is_pending());
    (task, take(&token))
}

/// A token dropped elsewhere hands the cancellation back and wakes, in whatever turn.
#[test]
fn loom_a_token_dropped_during_a_turn() {
    loom::model(|| {
        let (mut task, token) = gave_its_token_away();
        let other = thread::spawn(move || drop(token));
        task.woken.0.store(true, Ordering::Release);
        let early = task.turn();
        other.join().unwrap();
        if early.is_pending() {
            assert!(task.settle().is_some(), "handed back");
        }
    });
}

/// A token swallowed elsewhere while a second request comes: that one is delivered by itself.
#[test]
fn loom_a_token_swallowed_against_a_second_request() {
    loom::model(|| {
        let (mut task, token) = gave_its_token_away();
        let handle = task.task();
        let other = thread::spawn(move || token.swallow());
        handle.cancel_with("second");
        let early = task.turn();
        other.join().unwrap();
        let end = match early {
            Poll::Ready(end) => Some(end),
            Poll::Pending => task.settle(),
        };
        assert_eq!(text(end.expect("delivered")).as_deref(), Some("second"));
    });
}

/// A boundary polled once in a task and kept for somebody else.
fn lent_a_boundary() -> (Task<()>, Pin<Box<dyn Future<Output = ()> + Send>>) {
    let lent = slot();
    let lent2 = lent.clone();
    let mut task = Task::new(async move {
        let mut boundary: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {
            let _ = catch_cancel(pending()).await.map_err(Cancelled::swallow);
        });
        std::future::poll_fn(|cx| {
            assert!(boundary.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        *lent2.lock().unwrap() = Some(boundary);
        pending().await
    });
    assert!(task.turn().is_pending());
    let boundary = take(&lent);
    (task, boundary)
}

/// A boundary dropped elsewhere while its task is asked: nobody waits for its answer.
#[test]
fn loom_a_boundary_dropped_during_a_turn() {
    loom::model(|| {
        let (mut task, boundary) = lent_a_boundary();
        let other = thread::spawn(move || drop(boundary));
        task.task().cancel();
        let early = task.turn();
        other.join().unwrap();
        if early.is_pending() {
            assert!(task.settle().is_some(), "delivered");
        }
    });
}

/// A boundary taken over by a task on another thread while its first one is asked: the first ends,
/// and the boundary is asked by nobody but the second.
#[test]
fn loom_a_boundary_taken_over_during_a_turn() {
    loom::model(|| {
        let (mut task, boundary) = lent_a_boundary();
        let other = thread::spawn(move || {
            let mut second = Task::new(boundary);
            assert!(second.turn().is_pending(), "asked by the wrong task");
            second.task().cancel();
            assert!(second.settle().is_some());
        });
        task.task().cancel();
        let early = task.turn();
        other.join().unwrap();
        if early.is_pending() {
            assert!(task.settle().is_some(), "delivered");
        }
    });
}

/// A wait that does not end, and says so when it was asked.
struct OneWait {
    leaf: Leaf,
    asked: bool,
}

impl Future for OneWait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.leaf.poll_held(cx, |_, _| Poll::<()>::Pending).is_some() {
            return Poll::Pending;
        }
        match self.leaf.poll(cx, |_| Poll::<()>::Pending) {
            Step::Act => {
                self.asked = true;
                self.leaf.unwind();
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    }
}

/// A wait polled once in a task, which holds it, and kept for somebody else.
fn lent_a_wait() -> (Task<()>, Pin<Box<OneWait>>) {
    let lent = slot();
    let lent2 = lent.clone();
    let mut task = Task::new(async move {
        let mut wait = Box::pin(OneWait { leaf: Leaf::new(), asked: false });
        std::future::poll_fn(|cx| {
            assert!(wait.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        *lent2.lock().unwrap() = Some(wait);
        pending().await
    });
    assert!(task.turn().is_pending());
    let wait = take(&lent);
    (task, wait)
}

/// A held wait dropped elsewhere while its task is asked, which seats it: nobody waits for its answer.
#[test]
fn loom_a_held_wait_dropped_during_a_turn() {
    loom::model(|| {
        let (mut task, wait) = lent_a_wait();
        let other = thread::spawn(move || drop(wait));
        task.task().cancel();
        let early = task.turn();
        other.join().unwrap();
        if early.is_pending() {
            assert!(task.settle().is_some(), "delivered");
        }
    });
}

/// A held wait taken over by a task on another thread while its first one is asked: it is asked by
/// nobody but the second, and both end.
#[test]
fn loom_a_held_wait_taken_over_during_a_turn() {
    loom::model(|| {
        let (mut task, mut wait) = lent_a_wait();
        let other = thread::spawn(move || {
            let mut second = Task::new(async move {
                std::future::poll_fn(|cx| {
                    assert!(wait.as_mut().poll(cx).is_pending());
                    assert!(!wait.asked, "asked by the wrong task");
                    Poll::Ready(())
                })
                .await;
                wait.await
            });
            assert!(second.turn().is_pending());
            second.task().cancel();
            assert!(second.settle().is_some());
        });
        task.task().cancel();
        let early = task.turn();
        other.join().unwrap();
        if early.is_pending() {
            assert!(task.settle().is_some(), "delivered");
        }
    });
}

/// Two children answer the same round from two threads: the last of them raises the parent.
#[test]
fn loom_two_tokens_dropped_at_once() {
    loom::model(|| {
        let tokens = slot();
        let tokens2 = tokens.clone();
        let mut task = Task::new(async move {
            let mut nodes = [Node::stop(), Node::stop()];
            let mut caught = Vec::new();
            std::future::poll_fn(|cx| {
                for node in &mut nodes {
                    if let Step::Act = node.poll(cx, |_| Poll::<()>::Pending) {
                        caught.push(node.act());
                    }
                }
                if caught.len() == 2 { Poll::Ready(()) } else { Poll::Pending }
            })
            .await;
            *tokens2.lock().unwrap() = Some((caught.pop(), caught.pop()));
            pending().await
        });
        assert!(task.turn().is_pending());
        task.task().cancel();
        assert!(task.turn().is_pending());
        let (a, b) = take(&tokens);
        let other = thread::spawn(move || drop(a));
        b.expect("caught").swallow();
        other.join().unwrap();
        // One swallowed: the round is over without a delivery.
        assert!(task.settle().is_none());
    });
}
