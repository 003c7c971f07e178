//! Who wakes a sleeping driver, and who need not.
//!
//! A wake-up is a system call, so it is made only if the driver really sleeps, and only once. The
//! word is AWAKE, ASLEEP or NOTIFIED. The driver goes from AWAKE to ASLEEP right before it waits,
//! and back to AWAKE right after; a notifier swaps in NOTIFIED and makes the call if it finds
//! ASLEEP. What it made ready before that (a queue it pushed to) the driver sees, for both sides
//! write the word by read-modify-write with acquire and release: if the driver came first the
//! notifier finds ASLEEP and calls; if the notifier came first the driver finds NOTIFIED, does not
//! sleep, and has acquired what was pushed.

use crate::sync::atomic::{AtomicU8, Ordering};

const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const NOTIFIED: u8 = 2;

#[derive(Debug)]
pub(crate) struct Parking(AtomicU8);

impl Parking {
    pub(crate) fn new() -> Parking {
        Parking(AtomicU8::new(AWAKE))
    }

    /// The driver is about to wait; false if it must not, because it was notified.
    pub(crate) fn fall_asleep(&self) -> bool {
        // A hosted driver is ASLEEP between its turns already. On NOTIFIED the word is left:
        // `wake_up` takes the notification when the wait is over.
        match self.0.compare_exchange(AWAKE, ASLEEP, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(word) => word == ASLEEP,
        }
    }

    /// The driver has waited, or looked, and takes notice of everything before it goes on.
    pub(crate) fn wake_up(&self) {
        // Most turns of a busy driver find AWAKE and need not write the word.
        if self.0.load(Ordering::Relaxed) != AWAKE {
            self.0.swap(AWAKE, Ordering::AcqRel);
        }
    }

    /// True if the caller has to wake the driver.
    pub(crate) fn notify(&self) -> bool {
        self.0.swap(NOTIFIED, Ordering::AcqRel) == ASLEEP
    }
}
