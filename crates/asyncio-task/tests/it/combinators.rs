//! What other crates bring: `join!`, `select!`, a sub-executor with wakers of its own.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

pub async fn join2<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (Box::pin(a), Box::pin(b));
    let (mut x, mut y) = (None, None);
    std::future::poll_fn(move |cx| {
        if x.is_none()
            && let Poll::Ready(value) = a.as_mut().poll(cx)
        {
            x = Some(value);
        }
        if y.is_none()
            && let Poll::Ready(value) = b.as_mut().poll(cx)
        {
            y = Some(value);
        }
        match (x.take(), y.take()) {
            (Some(x), Some(y)) => Poll::Ready((x, y)),
            (was_x, was_y) => {
                (x, y) = (was_x, was_y);
                Poll::Pending
            }
        }
    })
    .await
}

/// The loser is dropped when the winner is ready.
pub async fn select2<A: Future<Output = ()>, B: Future<Output = ()>>(a: A, b: B) {
    let (mut a, mut b) = (Box::pin(a), Box::pin(b));
    std::future::poll_fn(move |cx| match a.as_mut().poll(cx) {
        Poll::Pending => b.as_mut().poll(cx),
        ready => ready,
    })
    .await;
}

struct ChildWaker {
    woken: AtomicBool,
    parent: Arc<Mutex<Waker>>,
}

impl Wake for ChildWaker {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        let parent = self.parent.lock().unwrap().clone();
        parent.wake();
    }
}

/// Polls only children that were woken, at most `per_turn` each time.
struct SubExecutor {
    children: Vec<(Option<Boxed<()>>, Arc<ChildWaker>)>,
    parent: Arc<Mutex<Waker>>,
    per_turn: usize,
}

impl SubExecutor {
    fn new(children: Vec<Boxed<()>>, per_turn: usize) -> SubExecutor {
        let parent = Arc::new(Mutex::new(Waker::noop().clone()));
        let waker =
            || Arc::new(ChildWaker { woken: AtomicBool::new(true), parent: parent.clone() });
        let children = children.into_iter().map(|child| (Some(child), waker())).collect();
        SubExecutor { children, parent, per_turn }
    }
}

impl Future for SubExecutor {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.parent.lock().unwrap().clone_from(cx.waker());
        let mut left = self.per_turn;
        for (slot, waker) in &mut self.children {
            let Some(child) = slot else { continue };
            if left == 0 || !waker.woken.swap(false, Ordering::AcqRel) {
                continue;
            }
            left -= 1;
            let waker = Waker::from(waker.clone());
            if child.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
                *slot = None;
            }
        }
        let mut running = self.children.iter().filter(|(child, _)| child.is_some()).peekable();
        if running.peek().is_none() {
            return Poll::Ready(());
        }
        if running.any(|(_, waker)| waker.woken.load(Ordering::Acquire)) {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

/// As `FuturesUnordered`.
pub async fn unordered(children: Vec<Boxed<()>>) {
    SubExecutor::new(children, usize::MAX).await;
}

pub async fn one_per_turn(children: Vec<Boxed<()>>) {
    SubExecutor::new(children, 1).await;
}
