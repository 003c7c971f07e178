use crate::Key;
use crate::entries::{Entries, Gap, List};
use crate::level::{LEVELS, Place, SLOTS};
use std::cell::Cell;
use std::fmt;

/// How many entries of a crowded slot [`Wheel::next_deadline`] looks at before it is content with
/// a bound.
const SCAN: usize = 64;

/// Values with deadlines. See the [front page](crate) for what it promises.
///
/// Time is counted in ticks and only moves forward, by [`pop_expired`](Wheel::pop_expired).
///
/// ```
/// use asyncio_timer::Wheel;
///
/// let mut wheel = Wheel::new(1_000);
/// let key = wheel.insert(1_500, "session of alice");
/// assert!(wheel.reset(key, 2_500)); // she typed something
/// assert_eq!(wheel.pop_expired(2_000), None);
/// assert_eq!(wheel.pop_expired(2_500), Some((key, "session of alice")));
/// ```
pub struct Wheel<T> {
    /// Everything due before this tick has been handed out; nothing in a list lies before it.
    now: u64,
    entries: Entries<T>,
    lists: Box<[List; LEVELS * SLOTS]>,
    /// Per level a bit for each slot that is not empty.
    occupied: [u64; LEVELS],
    /// What `next_deadline` found last, until it may have changed.
    next: Cell<Option<u64>>,
}

impl<T> Wheel<T> {
    /// An empty wheel whose time is `now`.
    pub fn new(now: u64) -> Wheel<T> {
        Wheel::with_capacity(now, 0)
    }

    /// An empty wheel with memory for `capacity` values.
    pub fn with_capacity(now: u64, capacity: usize) -> Wheel<T> {
        Wheel {
            now,
            entries: Entries::with_capacity(capacity),
            lists: Box::new([List::EMPTY; LEVELS * SLOTS]),
            occupied: [0; LEVELS],
            next: Cell::new(None),
        }
    }

    /// How many values wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no value waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The wheel's time, in ticks: the latest that [`pop_expired`](Wheel::pop_expired) was told of,
    /// or the deadline of the last value it handed out while more were due.
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Adds `value`, due at tick `deadline`, behind all others of that deadline. A deadline before
    /// [`now`](Wheel::now) counts as now.
    ///
    /// # Panics
    ///
    /// If 2^32 - 1 values wait already.
    pub fn insert(&mut self, deadline: u64, value: T) -> Key {
        let deadline = deadline.max(self.now);
        let place = Place::of(deadline, self.now);
        self.note_entry(place, deadline);
        let list = &mut self.lists[place.index()];
        self.entries.insert(deadline, place.index() as u16, list, value)
    }

    /// Takes a value out before it is due, or after, as long as it was not handed out.
    pub fn remove(&mut self, key: Key) -> Option<T> {
        let (value, gap) = self.entries.remove(key)?;
        self.close_gap(&gap);
        Some(value)
    }

    /// Moves a value to another deadline, behind all others of that deadline, even if it had that
    /// deadline before. False if the key is not in use.
    pub fn reset(&mut self, key: Key, deadline: u64) -> bool {
        if self.entries.find(key).is_none() {
            return false;
        }
        let gap = self.entries.gap(key.index);
        self.close_gap(&gap);
        self.link(key.index, deadline);
        true
    }

    /// The value behind `key`.
    pub fn get(&self, key: Key) -> Option<&T> {
        self.entries.value(key)
    }

    /// The value behind `key`.
    pub fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.entries.value_mut(key)
    }

    /// The tick at which the value behind `key` is due: what it was given, or the wheel's time then
    /// if that was later.
    pub fn deadline(&self, key: Key) -> Option<u64> {
        Some(self.entries.find(key)?.deadline)
    }

    /// A tick to wait for: never later than the earliest deadline, and equal to it unless more than
    /// 64 values share the slot it lies in, or did when this was asked before. Then it is the tick at which
    /// that slot comes down a level, after which the answer is better.
    pub fn next_deadline(&self) -> Option<u64> {
        // Known only while a value waits: the last one to leave a slot takes it along.
        if self.next.get().is_none() && !self.is_empty() {
            self.next.set(Some(self.earliest_in(self.first_place()?)));
        }
        self.next.get()
    }

    /// Hands out the next value whose deadline is at or before `now`; `None` when there is none,
    /// and then the wheel's time is `now`. A `now` that lies behind the wheel's time is no error:
    /// nothing is handed out early.
    ///
    /// Usually a few nanoseconds; at the begin of a slot of a higher level, all values in that slot
    /// move down first.
    pub fn pop_expired(&mut self, now: u64) -> Option<(Key, T)> {
        loop {
            let Some(place) = self.first_place().filter(|p| p.start(self.now) <= now) else {
                // No slot begins at or before `now`, so every entry keeps its place.
                self.now = self.now.max(now);
                return None;
            };
            self.now = self.now.max(place.start(self.now));
            if place.level > 0 {
                self.cascade(place);
            } else if let Some(index) = self.lists[place.index()].first() {
                let key = self.entries.key(index);
                return self.remove(key).map(|value| (key, value));
            }
        }
    }

    /// The slot with the earliest entries.
    fn first_place(&self) -> Option<Place> {
        let level = self.occupied.iter().position(|&bits| bits != 0)?;
        Some(Place { level, slot: self.occupied[level].trailing_zeros() as usize })
    }

    fn earliest_in(&self, place: Place) -> u64 {
        let start = place.start(self.now);
        if place.level == 0 {
            return start;
        }
        let mut earliest = u64::MAX;
        for (n, deadline) in self.entries.deadlines(self.lists[place.index()]).enumerate() {
            if n == SCAN {
                return start;
            }
            earliest = earliest.min(deadline);
        }
        earliest
    }

    /// Spreads a slot, whose first tick is now, over the levels below, in order.
    fn cascade(&mut self, place: Place) {
        let list = std::mem::replace(&mut self.lists[place.index()], List::EMPTY);
        self.occupied[place.level] &= !(1 << place.slot);
        let mut at = list.first();
        while let Some(index) = at {
            at = self.entries.after(index);
            let deadline = self.entries.at(index).deadline;
            self.link(index, deadline);
        }
        self.next.set(None);
    }

    /// Puts an entry that is in use and in no list where it belongs.
    fn link(&mut self, index: u32, deadline: u64) {
        let deadline = deadline.max(self.now);
        let place = Place::of(deadline, self.now);
        self.note_entry(place, deadline);
        let entry = self.entries.at(index);
        entry.deadline = deadline;
        entry.place = place.index() as u16;
        self.entries.push_back(&mut self.lists[place.index()], index);
    }

    fn note_entry(&mut self, place: Place, deadline: u64) {
        let alone = self.entries.len() == 0;
        self.occupied[place.level] |= 1 << place.slot;
        if alone || self.next.get().is_some_and(|next| deadline < next) {
            self.next.set(Some(deadline));
        }
    }

    fn close_gap(&mut self, gap: &Gap) {
        let place = Place::from_index(gap.place as usize);
        let list = &mut self.lists[gap.place as usize];
        self.entries.close_gap(list, gap);
        if list.is_empty() {
            self.occupied[place.level] &= !(1 << place.slot);
            // The cached tick may have been the bound of this slot, and no deadline in it.
            self.next.set(None);
        } else if self.next.get() == Some(gap.deadline) {
            self.next.set(None);
        }
    }
}

impl<T> fmt::Debug for Wheel<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wheel")
            .field("now", &self.now)
            .field("len", &self.len())
            .field("next_deadline", &self.next_deadline())
            .finish()
    }
}
