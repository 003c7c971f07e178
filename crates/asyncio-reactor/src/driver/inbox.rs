//! What other threads ask of a driver's timers.

use super::timers::RemoteTimer;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::sync::{Mutex, lock};
use asyncio_timer::Key;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) enum Message {
    /// Set or move the timer of another thread, to nanoseconds on the scale of `clock::since_epoch`. The
    /// number is that of the setting, so that an expiry of an older one is known for what it is.
    Set(Arc<RemoteTimer>, u64, u32),
    /// Forget the timer of another thread.
    Forget(Arc<RemoteTimer>),
    /// A sleep that was set on the driver's thread was dropped on another.
    Remove(Key),
    /// A sleep that was set on the driver's thread was moved on another: let it find out.
    Expire(Key),
}

impl Message {
    /// When the driver has to have seen it; `None` if there is no hurry.
    fn due(&self) -> Option<u64> {
        match self {
            Message::Set(_, deadline, _) => Some(*deadline),
            Message::Expire(_) => Some(0),
            Message::Forget(_) | Message::Remove(_) => None,
        }
    }
}

/// So many messages are worth waking the driver although none is urgent.
const MANY: usize = 1024;

#[derive(Debug)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    /// A hint that saves the driver the lock; true whenever a message stands in the list.
    any: AtomicBool,
}

#[derive(Debug)]
struct State {
    messages: Vec<Message>,
    /// When the driver will look by itself at the latest, on the scale of `clock::since_epoch`.
    looks_at: u64,
    closed: bool,
}

impl Inbox {
    pub(crate) fn new() -> Inbox {
        let state = State { messages: Vec::new(), looks_at: 0, closed: false };
        Inbox { state: Mutex::new(state), any: AtomicBool::new(false) }
    }

    /// Adds a message. `Ok(true)`: the driver has to be notified. Handed back when it is gone.
    pub(crate) fn post(&self, message: Message) -> Result<bool, Message> {
        let mut state = lock(&self.state);
        if state.closed {
            drop(state);
            return Err(message);
        }
        let urgent = message.due().is_some_and(|due| due < state.looks_at);
        state.messages.push(message);
        self.any.store(true, Ordering::Release);
        Ok(urgent || state.messages.len() >= MANY)
    }

    /// Swaps the messages out, into an empty vector.
    pub(crate) fn take(&self, into: &mut Vec<Message>) {
        if self.any.load(Ordering::Acquire) {
            let mut state = lock(&self.state);
            self.any.store(false, Ordering::Relaxed);
            std::mem::swap(&mut state.messages, into);
        }
    }

    /// The driver is about to sleep until then. False if it has to read its messages first.
    ///
    /// Under the same lock as `post`, so a message is either seen here or sees the time.
    pub(crate) fn sleep_until(&self, looks_at: u64) -> bool {
        let mut state = lock(&self.state);
        state.looks_at = looks_at;
        state.messages.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        !self.any.load(Ordering::Acquire)
    }

    pub(crate) fn close(&self) -> Vec<Message> {
        let mut state = lock(&self.state);
        state.closed = true;
        std::mem::take(&mut state.messages)
    }
}
