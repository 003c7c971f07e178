//! What is known of a source without asking the system: one word.
//!
//! Edge-triggered delivery says a thing once, so it must not be forgotten before somebody found
//! out by WouldBlock that it is over. Every delivery counts up a tick, and a clear names the tick
//! that its caller saw before it tried: if a delivery came between, on whatever thread, the clear
//! does nothing and the caller tries again.

use crate::sync::atomic::{AtomicU64, Ordering};

/// Bits of [`Readiness`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bits(u64);

impl Bits {
    pub(crate) const NONE: Bits = Bits(0);
    /// A read may succeed, or end, or fail. Cleared by WouldBlock.
    pub(crate) const READABLE: Bits = Bits(1);
    /// The same for a write.
    pub(crate) const WRITABLE: Bits = Bits(1 << 1);
    /// The peer has finished sending (RDHUP). Stays.
    pub(crate) const READ_CLOSED: Bits = Bits(1 << 2);
    /// Both directions are closed (HUP). Stays.
    pub(crate) const CLOSED: Bits = Bits(1 << 3);
    /// An error waits to be read (ERR). Stays.
    pub(crate) const ERROR: Bits = Bits(1 << 4);
    /// Urgent data was seen (PRI), which cuts reads short. Stays.
    pub(crate) const PRIORITY: Bits = Bits(1 << 5);
    /// The source is a TCP stream on a driver that reports each of the above: a short count says
    /// that it is drained. Set when it registers there.
    pub(crate) const STREAM: Bits = Bits(1 << 6);

    const STICKY: Bits = Bits(0b11_1100);

    pub(crate) const fn or(self, other: Bits) -> Bits {
        Bits(self.0 | other.0)
    }

    pub(crate) const fn when(self, condition: bool) -> Bits {
        if condition { self } else { Bits::NONE }
    }

    pub(crate) const fn intersects(self, other: Bits) -> bool {
        self.0 & other.0 != 0
    }
}

/// The first bit of the tick.
const TICK: u32 = 8;

/// A reading of [`Readiness`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Snapshot(u64);

impl Snapshot {
    pub(crate) fn bits(self) -> Bits {
        Bits(self.0 & ((1 << TICK) - 1))
    }

    pub(crate) fn is(self, bits: Bits) -> bool {
        self.bits().intersects(bits)
    }

    /// Whether a count below the buffer's length means that the source is drained. Not when
    /// anything but data was ever reported: the end of the stream may hide behind the data, and
    /// it would never be reported again.
    pub(crate) fn short_count_drains(self) -> bool {
        self.is(Bits::STREAM) && !self.is(Bits::STICKY)
    }
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Readiness(AtomicU64);

impl Readiness {
    /// A new source is worth a try in both directions.
    pub(crate) fn new() -> Readiness {
        Readiness(AtomicU64::new(Bits::READABLE.or(Bits::WRITABLE).0))
    }

    // Acquire and Release pair up `add` with `get` and `clear` although the word carries all there
    // is to know: what the deliverer did before (a registration that moved) is seen with it.
    pub(crate) fn get(&self) -> Snapshot {
        Snapshot(self.0.load(Ordering::Acquire))
    }

    /// A delivery: adds bits and counts up the tick.
    pub(crate) fn add(&self, bits: Bits) {
        self.update(|word| Some((word | bits.0).wrapping_add(1 << TICK)));
    }

    /// Says of what kind the source is, as part of its registration. No delivery.
    pub(crate) fn set_stream(&self, stream: bool) {
        self.update(|word| {
            Some(if stream { word | Bits::STREAM.0 } else { word & !Bits::STREAM.0 })
        });
    }

    /// Clears bits, unless something was delivered since `seen`.
    pub(crate) fn clear(&self, bits: Bits, seen: Snapshot) {
        self.update(|word| (word >> TICK == seen.0 >> TICK).then_some(word & !bits.0));
    }

    fn update(&self, mut f: impl FnMut(u64) -> Option<u64>) {
        let mut word = self.0.load(Ordering::Acquire);
        while let Some(new) = f(word) {
            match self.0.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => word = now,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_clear_does_not_erase_what_was_delivered_after_the_look() {
        let readiness = Readiness::new();
        let seen = readiness.get();
        readiness.add(Bits::READABLE);
        readiness.clear(Bits::READABLE, seen);
        assert!(readiness.get().is(Bits::READABLE));
        readiness.clear(Bits::READABLE, readiness.get());
        assert!(!readiness.get().is(Bits::READABLE));
        assert!(readiness.get().is(Bits::WRITABLE));
    }

    #[test]
    fn only_a_stream_that_saw_nothing_but_data_is_drained_by_a_short_count() {
        for (reported, drains) in [
            (Bits::READABLE, true),
            (Bits::READ_CLOSED, false),
            (Bits::CLOSED, false),
            (Bits::ERROR, false),
            (Bits::PRIORITY, false),
        ] {
            let readiness = Readiness::new();
            assert!(!readiness.get().short_count_drains(), "not known to be a stream");
            readiness.set_stream(true);
            readiness.add(reported);
            readiness.clear(Bits::READABLE, readiness.get());
            assert_eq!(readiness.get().short_count_drains(), drains, "{reported:?}");
        }
    }
}
