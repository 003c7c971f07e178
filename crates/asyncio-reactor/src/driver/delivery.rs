//! What a turn hands out: messages, events, expired timers. Wakers are collected under locks and
//! called after them.

use super::{Driver, Message};
use asyncio_context::clock;
use asyncio_context::report::{self, Report};
use std::panic::{self, AssertUnwindSafe};
use std::task::Waker;

impl Driver {
    /// True if somebody was woken.
    #[inline]
    pub(super) fn read_messages(&mut self) -> bool {
        !self.local.shared.inbox.is_empty() && self.read_all_messages()
    }

    #[cold]
    fn read_all_messages(&mut self) -> bool {
        self.local.shared.inbox.take(&mut self.messages);
        for message in &self.messages {
            let mut timers = self.local.timers.borrow_mut();
            let removed = match message {
                Message::Set(timer, deadline, setting) => {
                    timers.set_remote(timer, *deadline, *setting);
                    None
                }
                Message::Forget(timer) => timers.forget_remote(timer),
                Message::Remove(key) => timers.wheel.remove(*key),
                Message::Expire(key) => {
                    self.wakers.extend(timers.wheel.remove(*key));
                    None
                }
            };
            // A waker may be dropped here, and whatever hangs on it.
            drop(timers);
            drop(removed);
        }
        self.messages.clear();
        let woken = !self.wakers.is_empty();
        wake_all(&mut self.wakers);
        woken
    }

    pub(super) fn deliver_events(&mut self) {
        if self.events.is_empty() {
            return;
        }
        let Driver { local, events, reports, wakers, .. } = self;
        local.shared.look_up(|found| events.drain(found), reports);
        let one_shot = local.shared.poller.one_shot();
        for (source, bits) in reports.drain(..) {
            source.deliver(bits, one_shot, wakers);
        }
        wake_all(wakers);
    }

    pub(super) fn fire_timers(&mut self, now: u64) {
        // A waker may set a timer that is due at once; that one waits for the next turn.
        let (tick, mut left) = {
            let timers = self.local.timers.borrow();
            if !timers.due(now) {
                return;
            }
            (timers.tick_at(now), timers.wheel.len())
        };
        let mut fired = 0;
        while left > 0 {
            let expired = self.local.timers.borrow_mut().wheel.pop_expired(tick);
            let Some((_, waker)) = expired else { break };
            wake(waker);
            left -= 1;
            fired += 1;
        }
        self.coalescing.fired(fired, now);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        for source in self.shared().close() {
            source.abandoned_by(&self.local.shared, &mut self.wakers);
        }
        for message in self.shared().inbox.close() {
            if let Message::Set(timer, ..) = message {
                self.wakers.extend(timer.orphan());
            }
        }
        loop {
            let expired = self.local.timers.borrow_mut().wheel.pop_expired(u64::MAX);
            let Some((_, waker)) = expired else { break };
            self.wakers.push(waker);
        }
        clock::set_turn_nanos(None);
        wake_all(&mut self.wakers);
    }
}

fn wake_all(wakers: &mut Vec<Waker>) {
    for waker in wakers.drain(..) {
        wake(waker);
    }
}

/// Wakes, whatever the waker does: it is not the driver that it belongs to.
fn wake(waker: Waker) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(|| waker.wake())) {
        let message = match payload.downcast_ref::<&str>() {
            Some(message) => (*message).to_owned(),
            None => payload.downcast_ref::<String>().cloned().unwrap_or_default(),
        };
        report::report(Report::new(format!("a waker panicked: {message}")));
    }
}
