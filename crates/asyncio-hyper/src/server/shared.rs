//! What the handle, the acceptor and the connections of one server share. All on one loop.

use asyncio_executor::Task;
use asyncio_net::TcpListener;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

pub(super) struct Shared {
    listener: RefCell<Option<Rc<TcpListener>>>,
    /// No further requests: connections end after the one they have.
    stopping: Cell<bool>,
    last: Cell<u64>,
    live: RefCell<HashMap<u64, Live>>,
    /// The acceptor, and those who wait for the end.
    waiting: RefCell<Vec<Waker>>,
}

#[derive(Default)]
struct Live {
    task: Option<Task<()>>,
    waker: Option<Waker>,
}

impl Shared {
    pub(super) fn new(listener: TcpListener) -> Rc<Shared> {
        Rc::new(Shared {
            listener: RefCell::new(Some(Rc::new(listener))),
            stopping: Cell::new(false),
            last: Cell::new(0),
            live: RefCell::default(),
            waiting: RefCell::default(),
        })
    }

    pub(super) fn listener(&self) -> Option<Rc<TcpListener>> {
        self.listener.borrow().clone()
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.get()
    }

    pub(super) fn len(&self) -> usize {
        self.live.borrow().len()
    }

    /// Closes the listener at once and tells the connections.
    pub(super) fn stop(&self) {
        if self.stopping.replace(true) {
            return;
        }
        let listener = self.listener.take();
        let connections: Vec<Waker> =
            self.live.borrow_mut().values_mut().filter_map(|live| live.waker.take()).collect();
        drop(listener);
        connections.into_iter().for_each(Waker::wake);
        self.wake_waiting();
    }

    /// Cancels the connections that are left.
    pub(super) fn abort(&self) -> usize {
        let tasks: Vec<Task<()>> =
            self.live.borrow_mut().values_mut().filter_map(|live| live.task.take()).collect();
        for task in &tasks {
            task.cancel();
        }
        tasks.len()
    }

    pub(super) fn enter(self: &Rc<Self>) -> Entry {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.live.borrow_mut().insert(id, Live::default());
        Entry { shared: Rc::clone(self), id }
    }

    pub(super) fn set_task(&self, id: u64, task: Task<()>) {
        let mut task = Some(task);
        if let Some(live) = self.live.borrow_mut().get_mut(&id) {
            live.task = task.take();
        }
        drop(task);
    }

    fn wake_waiting(&self) {
        self.waiting.take().into_iter().for_each(Waker::wake);
    }

    /// Ready when `is_over`; looked at again at every change.
    pub(super) fn poll_until(
        &self,
        cx: &mut Context<'_>,
        is_over: impl Fn(&Shared) -> bool,
    ) -> Poll<()> {
        if is_over(self) {
            return Poll::Ready(());
        }
        let waker = cx.waker().clone();
        let mut waiting = self.waiting.borrow_mut();
        let spare = if waiting.iter().any(|other| other.will_wake(&waker)) {
            Some(waker)
        } else {
            waiting.push(waker);
            None
        };
        drop(waiting);
        drop(spare);
        Poll::Pending
    }
}

/// A connection's place in the list, given up when its task ends, however it does.
pub(super) struct Entry {
    pub(super) shared: Rc<Shared>,
    pub(super) id: u64,
}

impl Entry {
    /// Notes whom to wake when the server stops.
    pub(super) fn note(&self, waker: &Waker) {
        if self.shared.is_stopping() {
            return;
        }
        let known =
            self.shared.live.borrow().get(&self.id).is_some_and(|live| {
                live.waker.as_ref().is_some_and(|known| known.will_wake(waker))
            });
        if known {
            return;
        }
        let waker = waker.clone();
        let mut live = self.shared.live.borrow_mut();
        let old = live.get_mut(&self.id).and_then(|live| live.waker.replace(waker));
        drop(live);
        drop(old);
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let gone = self.shared.live.borrow_mut().remove(&self.id);
        drop(gone);
        if self.shared.is_stopping() {
            self.shared.wake_waiting();
        }
    }
}
