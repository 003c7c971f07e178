//! The arithmetic of levels and slots.
//!
//! A deadline is read as eleven digits to the base 64. An entry stands in the level of the highest
//! digit in which its deadline differs from the wheel's time, in the slot that this digit names.
//! So everything in a lower level is due before anything in a higher one, a slot of level 0 is one
//! tick, and all entries of equal deadline are in the same slot at any time: that is what keeps
//! them in order.

pub(crate) const LEVELS: usize = 11;
pub(crate) const SLOTS: usize = 64;
const DIGIT: u32 = 6;

/// A slot of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) level: usize,
    pub(crate) slot: usize,
}

impl Place {
    /// Where `deadline` belongs when the time is `now`, which is not later.
    pub(crate) fn of(deadline: u64, now: u64) -> Place {
        // The lowest digit is set, so that equal times give level 0.
        let differ = (deadline ^ now) | (SLOTS as u64 - 1);
        let level = (63 - differ.leading_zeros()) / DIGIT;
        let slot = (deadline >> (level * DIGIT)) as usize % SLOTS;
        Place { level: level as usize, slot }
    }

    /// The first tick of this slot, which is ahead of `now` or contains it.
    pub(crate) fn start(self, now: u64) -> u64 {
        let shift = self.level as u32 * DIGIT;
        // The highest level has no digits above it, and shifting by 66 would overflow.
        let above = now.checked_shr(shift + DIGIT).unwrap_or(0);
        above.checked_shl(shift + DIGIT).unwrap_or(0) | (self.slot as u64) << shift
    }

    pub(crate) fn index(self) -> usize {
        self.level * SLOTS + self.slot
    }

    pub(crate) fn from_index(index: usize) -> Place {
        Place { level: index / SLOTS, slot: index % SLOTS }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_range_have_places() {
        assert_eq!(Place::of(0, 0), Place { level: 0, slot: 0 });
        assert_eq!(Place::of(u64::MAX, 0), Place { level: 10, slot: 15 });
        assert_eq!(Place::of(u64::MAX, u64::MAX), Place { level: 0, slot: 63 });
        assert_eq!(Place::of(u64::MAX, 0).start(0), 15 << 60);
        assert_eq!(Place::of(u64::MAX, u64::MAX - 64).start(u64::MAX - 64), u64::MAX - 63);
    }

    #[test]
    fn a_slot_starts_at_or_before_the_deadline_and_after_now() {
        for (now, deadline) in [(0, 64), (63, 64), (5, 4095), (4095, 4096), (100, 1 << 40)] {
            let place = Place::of(deadline, now);
            let start = place.start(now);
            assert!(now < start && start <= deadline, "{now} {deadline} {place:?} {start}");
            assert_eq!(Place::from_index(place.index()), place);
        }
    }
}
