//! asyncio's primitives on paper, line by line.

use super::paper::{Ended, Loop, Promise};
use super::program::Raised;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

type Waiters = RefCell<VecDeque<Rc<Promise>>>;

fn remove(waiters: &Waiters, promise: &Rc<Promise>) {
    waiters.borrow_mut().retain(|other| !Rc::ptr_eq(other, promise));
}

fn join_line(home: &Rc<Loop>, waiters: &Waiters) -> Rc<Promise> {
    let promise = Promise::new(home);
    waiters.borrow_mut().push_back(promise.clone());
    promise
}

/// Wakes the first that is not awake yet, and takes it out of the line.
fn wake_next(waiters: &Waiters) {
    while let Some(promise) = waiters.borrow_mut().pop_front() {
        if promise.set() {
            return;
        }
    }
}

#[derive(Default)]
pub struct Lock {
    locked: Cell<bool>,
    waiters: Waiters,
}

impl Lock {
    pub async fn acquire(&self, home: &Rc<Loop>) -> Ended {
        if !self.locked.get() && self.waiters.borrow().iter().all(|w| w.cancelled()) {
            self.locked.set(true);
            return Ok(());
        }
        let promise = join_line(home, &self.waiters);
        let ended = promise.wait().await;
        remove(&self.waiters, &promise);
        if ended.is_err() {
            if !self.locked.get() {
                self.wake_up_first();
            }
            return ended;
        }
        self.locked.set(true);
        Ok(())
    }

    pub fn release(&self) {
        self.locked.set(false);
        self.wake_up_first();
    }

    fn wake_up_first(&self) {
        if let Some(first) = self.waiters.borrow().front() {
            first.set();
        }
    }

    pub fn locked(&self) -> bool {
        self.locked.get()
    }
}

pub struct Semaphore {
    value: Cell<usize>,
    waiters: Waiters,
}

impl Semaphore {
    pub fn new(value: usize) -> Semaphore {
        Semaphore { value: Cell::new(value), waiters: RefCell::default() }
    }

    pub async fn acquire(&self, home: &Rc<Loop>) -> Ended {
        let locked = self.value.get() == 0 || self.waiters.borrow().iter().any(|w| !w.cancelled());
        if !locked {
            self.value.set(self.value.get() - 1);
            return Ok(());
        }
        let promise = join_line(home, &self.waiters);
        let ended = promise.wait().await;
        remove(&self.waiters, &promise);
        if ended.is_err() && promise.done() && !promise.cancelled() {
            self.value.set(self.value.get() + 1);
        }
        while self.value.get() > 0 && self.wake_next() {}
        ended
    }

    pub fn release(&self) {
        self.value.set(self.value.get() + 1);
        self.wake_next();
    }

    fn wake_next(&self) -> bool {
        let next = self.waiters.borrow().iter().find(|w| !w.done()).cloned();
        let Some(next) = next else { return false };
        self.value.set(self.value.get() - 1);
        next.set()
    }

    pub fn value(&self) -> usize {
        self.value.get()
    }
}

pub struct Queue {
    room: usize,
    items: RefCell<VecDeque<u32>>,
    getters: Waiters,
    putters: Waiters,
}

impl Queue {
    pub fn new(room: usize) -> Queue {
        let (getters, putters) = (RefCell::default(), RefCell::default());
        Queue { room, items: RefCell::default(), getters, putters }
    }

    pub fn qsize(&self) -> usize {
        self.items.borrow().len()
    }

    pub async fn get(&self, home: &Rc<Loop>) -> Result<u32, Raised> {
        while self.qsize() == 0 {
            let getter = join_line(home, &self.getters);
            if let Err(error) = getter.wait().await {
                let woken = !getter.cancelled() && getter.done();
                getter.cancel();
                remove(&self.getters, &getter);
                if self.qsize() > 0 && woken {
                    wake_next(&self.getters);
                }
                return Err(error);
            }
        }
        let item = self.items.borrow_mut().pop_front().expect("not empty");
        wake_next(&self.putters);
        Ok(item)
    }

    pub async fn put(&self, home: &Rc<Loop>, item: u32) -> Ended {
        while self.qsize() >= self.room {
            let putter = join_line(home, &self.putters);
            if let Err(error) = putter.wait().await {
                let woken = !putter.cancelled() && putter.done();
                putter.cancel();
                remove(&self.putters, &putter);
                if self.qsize() < self.room && woken {
                    wake_next(&self.putters);
                }
                return Err(error);
            }
        }
        self.items.borrow_mut().push_back(item);
        wake_next(&self.getters);
        Ok(())
    }
}

#[derive(Default)]
pub struct Event {
    set: Cell<bool>,
    waiters: Waiters,
}

impl Event {
    pub fn set(&self) {
        self.set.set(true);
        for waiter in &*self.waiters.borrow() {
            waiter.set();
        }
    }

    pub fn clear(&self) {
        self.set.set(false);
    }

    pub fn is_set(&self) -> bool {
        self.set.get()
    }

    pub async fn wait(&self, home: &Rc<Loop>) -> Ended {
        if self.set.get() {
            return Ok(());
        }
        let promise = join_line(home, &self.waiters);
        let ended = promise.wait().await;
        remove(&self.waiters, &promise);
        ended
    }
}
