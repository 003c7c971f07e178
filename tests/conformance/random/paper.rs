//! asyncio on paper: a loop in virtual time with futures, tasks, timeouts, groups and primitives, after
//! the rules of CPython 3.13 and with nothing else in mind.
//!
//! A coroutine is an `async` block, an exception is an `Err`: `CancelledError` comes out of the wait that
//! it interrupts, and travels by `?`. No code is shared with the runtime.

use super::program::{Raised, Time};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

pub type Ended = Result<(), Raised>;
pub type Coroutine = Pin<Box<dyn Future<Output = Ended>>>;
type Callback = Box<dyn FnOnce()>;

#[derive(Default)]
pub struct Loop {
    now: Cell<Time>,
    sequence: Cell<u64>,
    ready: RefCell<VecDeque<Callback>>,
    timers: RefCell<BTreeMap<(Time, u64), Callback>>,
    current: RefCell<Option<Rc<Task>>>,
    tasks: RefCell<Vec<Weak<Task>>>,
}

impl Loop {
    pub fn now(&self) -> Time {
        self.now.get()
    }

    pub fn current(&self) -> Rc<Task> {
        self.current.borrow().clone().expect("a task runs")
    }

    fn call_soon(&self, callback: impl FnOnce() + 'static) {
        self.ready.borrow_mut().push_back(Box::new(callback));
    }

    fn call_at(&self, when: Time, callback: impl FnOnce() + 'static) -> (Time, u64) {
        let key = (when, self.sequence.replace(self.sequence.get() + 1));
        self.timers.borrow_mut().insert(key, Box::new(callback));
        key
    }

    /// Until `task` is over.
    pub fn run(&self, task: &Rc<Task>) {
        while !task.done() {
            let next = self.ready.borrow_mut().pop_front();
            match next {
                Some(callback) => callback(),
                None => {
                    let first = self.timers.borrow_mut().pop_first();
                    let ((when, _), callback) = first.expect("the main task sleeps");
                    self.now.set(when);
                    callback();
                }
            }
        }
    }

    /// Lets go of all that was not over, for tasks and what they wait for hold each other.
    pub fn close(&self) {
        drop((self.ready.take(), self.timers.take()));
        for task in self.tasks.take().iter().filter_map(Weak::upgrade) {
            let waits = (task.waiter.take(), task.yielded.take(), task.end.callbacks.take());
            drop((task.coroutine.take(), waits));
        }
        drop((self.ready.take(), self.timers.take()));
    }

    pub async fn sleep(self: &Rc<Self>, delay: Time) -> Ended {
        let woken = Promise::new(self);
        let set = woken.clone();
        let timer = self.call_at(self.now() + delay, move || _ = set.set());
        let ended = woken.wait().await;
        self.timers.borrow_mut().remove(&timer);
        ended
    }
}

/// asyncio's `Future`, without a value.
pub struct Promise {
    home: Rc<Loop>,
    state: Cell<State>,
    callbacks: RefCell<Vec<Callback>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Set,
    Cancelled,
}

impl Promise {
    pub fn new(home: &Rc<Loop>) -> Rc<Promise> {
        let state = Cell::new(State::Pending);
        Rc::new(Promise { home: home.clone(), state, callbacks: RefCell::default() })
    }

    fn end(&self, state: State) -> bool {
        if self.done() {
            return false;
        }
        self.state.set(state);
        for callback in self.callbacks.take() {
            self.home.call_soon(callback);
        }
        true
    }

    pub fn set(&self) -> bool {
        self.end(State::Set)
    }

    pub fn cancel(&self) -> bool {
        self.end(State::Cancelled)
    }

    pub fn done(&self) -> bool {
        self.state.get() != State::Pending
    }

    pub fn cancelled(&self) -> bool {
        self.state.get() == State::Cancelled
    }

    fn add_done_callback(&self, callback: impl FnOnce() + 'static) {
        match self.done() {
            true => self.home.call_soon(callback),
            false => self.callbacks.borrow_mut().push(Box::new(callback)),
        }
    }

    pub async fn wait(self: &Rc<Self>) -> Ended {
        if !self.done() {
            suspend(&self.home, Waiter::Promise(self.clone())).await?;
        }
        if self.cancelled() { Err(Raised::Cancelled) } else { Ok(()) }
    }
}

enum Waiter {
    Promise(Rc<Promise>),
    Task(Rc<Task>),
}

impl Waiter {
    fn cancel(&self) -> bool {
        match self {
            Waiter::Promise(promise) => promise.cancel(),
            Waiter::Task(task) => task.cancel(),
        }
    }
}

/// Gives control to the loop until `waiter` is done, or the task is thrown a CancelledError.
async fn suspend(home: &Rc<Loop>, waiter: Waiter) -> Ended {
    let task = home.current();
    task.yielded.replace(Some(waiter));
    let mut resumed = false;
    poll_fn(|_| match std::mem::replace(&mut resumed, true) {
        false => Poll::Pending,
        true => Poll::Ready(()),
    })
    .await;
    if task.thrown.take() { Err(Raised::Cancelled) } else { Ok(()) }
}

pub struct Task {
    home: Rc<Loop>,
    coroutine: RefCell<Option<Coroutine>>,
    yielded: RefCell<Option<Waiter>>,
    waiter: RefCell<Option<Waiter>>,
    begun: Cell<bool>,
    thrown: Cell<bool>,
    must_cancel: Cell<bool>,
    /// The request that is to be delivered came back from a group that had errors to tell.
    handed_back: Cell<bool>,
    cancelling: Cell<usize>,
    /// How many of them, the oldest first, somebody has swallowed by name.
    answered: Cell<usize>,
    /// All requests there ever were.
    asked: Cell<usize>,
    result: RefCell<Option<Ended>>,
    end: Rc<Promise>,
}

impl Task {
    pub fn create(home: &Rc<Loop>, coroutine: Coroutine) -> Rc<Task> {
        let task = Rc::new(Task {
            home: home.clone(),
            coroutine: RefCell::new(Some(coroutine)),
            yielded: RefCell::default(),
            waiter: RefCell::default(),
            begun: Cell::default(),
            thrown: Cell::default(),
            must_cancel: Cell::default(),
            handed_back: Cell::default(),
            cancelling: Cell::default(),
            answered: Cell::default(),
            asked: Cell::default(),
            result: RefCell::default(),
            end: Promise::new(home),
        });
        home.tasks.borrow_mut().push(Rc::downgrade(&task));
        let first = task.clone();
        home.call_soon(move || first.step());
        task
    }

    fn step(self: Rc<Self>) {
        if self.done() {
            return;
        }
        self.waiter.take();
        let throw = self.must_cancel.take();
        self.handed_back.set(false);
        let Some(mut coroutine) = self.coroutine.take() else { return };
        if throw && !self.begun.get() {
            // Thrown into a coroutine that has not begun: none of its lines runs.
            return self.finish(Err(Raised::Cancelled));
        }
        self.begun.set(true);
        self.thrown.set(throw);
        let before = self.home.current.replace(Some(self.clone()));
        let polled = coroutine.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.home.current.replace(before);
        match polled {
            Poll::Ready(result) => {
                let late = self.must_cancel.take() && !self.handed_back.get();
                self.finish(if late && result.is_ok() { Err(Raised::Cancelled) } else { result });
            }
            Poll::Pending => {
                self.coroutine.replace(Some(coroutine));
                let waiter = self.yielded.take().expect("whoever suspends says for what");
                let next = self.clone();
                let end = match &waiter {
                    Waiter::Promise(promise) => promise,
                    Waiter::Task(task) => &task.end,
                };
                end.add_done_callback(move || next.step());
                if self.must_cancel.get() && waiter.cancel() {
                    self.must_cancel.set(false);
                }
                self.waiter.replace(Some(waiter));
            }
        }
    }

    fn finish(&self, result: Ended) {
        self.result.replace(Some(result));
        self.end.set();
    }

    pub fn done(&self) -> bool {
        self.result.borrow().is_some()
    }

    pub fn result(&self) -> Option<Ended> {
        self.result.borrow().clone()
    }

    pub fn cancelling(&self) -> usize {
        self.cancelling.get()
    }

    pub fn cancel(&self) -> bool {
        if self.done() {
            return false;
        }
        self.cancelling.set(self.cancelling.get() + 1);
        self.asked.set(self.asked.get() + 1);
        let forwarded = self.waiter.borrow().as_ref().is_some_and(Waiter::cancel);
        if !forwarded {
            self.must_cancel.set(true);
        }
        true
    }

    /// The request that has been delivered ends here.
    pub fn swallow(&self) {
        self.answered.set(self.cancelling.get());
    }

    /// Takes the block's own request back, the `nth`, for a block that was entered when `entry` were in
    /// force. asyncio compares with zero: see TGR-15.
    fn uncancel(&self, entry: usize, nth: usize) -> bool {
        self.cancelling.set(self.cancelling.get() - 1);
        if self.answered.get() >= nth {
            self.answered.set(self.answered.get() - 1);
        }
        let back = self.cancelling.get() <= entry;
        if back {
            self.must_cancel.set(false);
        }
        back
    }
}

/// Waits for a task and passes a request on. One that others cancelled is a result, not an unwinding
/// (CAN-19 differs).
pub async fn join(home: &Rc<Loop>, task: Rc<Task>) -> Result<Ended, Raised> {
    let me = home.current();
    let before = me.asked.get();
    if !task.done() {
        suspend(home, Waiter::Task(task.clone())).await?;
    }
    match task.result().expect("it is over") {
        Err(Raised::Cancelled) if me.asked.get() != before => Err(Raised::Cancelled),
        result => Ok(result),
    }
}

/// `try`, `finally`. A request that came back waits for the end of the clean-up (difference).
pub async fn finally(home: &Rc<Loop>, body: Coroutine, cleanup: Coroutine) -> Ended {
    let ended = body.await;
    let me = home.current();
    let held = me.must_cancel.take();
    if let Err(Raised::Cancelled) = cleanup.await {
        return Err(Raised::Cancelled);
    }
    if held {
        me.must_cancel.set(true);
        me.handed_back.set(true);
    }
    ended
}

pub async fn timeout(home: &Rc<Loop>, delay: Time, body: Coroutine) -> Ended {
    let me = home.current();
    let entry = me.cancelling();
    let expired = Rc::new(Cell::new(None));
    let (task, flag) = (me.clone(), expired.clone());
    let timer = home.call_at(home.now() + delay, move || {
        task.cancel();
        flag.set(Some(task.cancelling()));
    });
    let ended = body.await;
    home.timers.borrow_mut().remove(&timer);
    match expired.get() {
        Some(nth) if me.uncancel(entry, nth) && ended == Err(Raised::Cancelled) => {
            Err(Raised::TimedOut)
        }
        _ => ended,
    }
}

/// Waits for all, and is cancelled if it was asked (GTH-13 differs).
pub async fn gather(home: &Rc<Loop>, members: Vec<Coroutine>) -> Result<Vec<Ended>, Raised> {
    let tasks: Vec<_> = members.into_iter().map(|member| Task::create(home, member)).collect();
    let mut asked = false;
    while let Some(running) = tasks.iter().find(|task| !task.done()) {
        let over = Promise::new(home);
        let set = over.clone();
        running.end.add_done_callback(move || _ = set.set());
        if over.wait().await.is_err() {
            asked = true;
            for task in &tasks {
                task.cancel();
            }
        }
    }
    match asked {
        true => Err(Raised::Cancelled),
        false => Ok(tasks.iter().map(|task| task.result().expect("it is over")).collect()),
    }
}

#[derive(Default)]
struct Group {
    tasks: RefCell<Vec<Rc<Task>>>,
    errors: RefCell<Vec<Raised>>,
    aborting: Cell<bool>,
    /// And which of the parent's requests it is.
    parent_cancel_requested: Cell<Option<usize>>,
    on_completed: RefCell<Option<Rc<Promise>>>,
}

impl Group {
    fn abort(&self) {
        self.aborting.set(true);
        for task in &*self.tasks.borrow() {
            task.cancel();
        }
    }

    fn on_task_done(&self, task: &Rc<Task>, parent: &Task) {
        self.tasks.borrow_mut().retain(|other| !Rc::ptr_eq(other, task));
        if let Some(completed) = &*self.on_completed.borrow()
            && self.tasks.borrow().is_empty()
        {
            completed.set();
        }
        match task.result() {
            None | Some(Ok(()) | Err(Raised::Cancelled)) => return,
            Some(Err(error)) => self.errors.borrow_mut().push(error),
        }
        if !self.aborting.get() && self.parent_cancel_requested.get().is_none() {
            self.abort();
            parent.cancel();
            self.parent_cancel_requested.set(Some(parent.cancelling()));
        }
    }
}

pub async fn group(home: &Rc<Loop>, children: Vec<Coroutine>, body: Coroutine) -> Ended {
    let me = home.current();
    let entry = me.cancelling();
    let group = Rc::new(Group::default());
    for child in children {
        let task = Task::create(home, child);
        group.tasks.borrow_mut().push(task.clone());
        let (group, parent, of) = (group.clone(), me.clone(), task.clone());
        task.end.add_done_callback(move || group.on_task_done(&of, &parent));
    }
    let ended = body.await;
    let mut propagate = ended == Err(Raised::Cancelled);
    if ended.is_err() && !group.aborting.get() {
        group.abort();
    }
    while !group.tasks.borrow().is_empty() {
        let completed = Promise::new(home);
        group.on_completed.replace(Some(completed.clone()));
        if completed.wait().await.is_err() && !group.aborting.get() {
            propagate = true;
            group.abort();
        }
        group.on_completed.take();
    }
    if let Some(nth) = group.parent_cancel_requested.get()
        && me.uncancel(entry, nth)
    {
        propagate = false;
    }
    let mut errors = group.errors.take();
    if propagate && errors.is_empty() {
        return Err(Raised::Cancelled);
    }
    if let Err(error) = ended
        && error != Raised::Cancelled
    {
        errors.push(error);
    }
    if errors.is_empty() {
        return Ok(());
    }
    // asyncio does this whether or not somebody in the body has swallowed the request (difference).
    if me.cancelling() > entry.max(me.answered.get()) {
        me.must_cancel.set(true);
        me.handed_back.set(true);
    }
    Err(Raised::group(errors))
}
