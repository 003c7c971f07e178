//! The memory of the wheel: a slab of entries, threaded into doubly linked lists by index.

use crate::Key;

/// The index that names no entry.
const NIL: u32 = u32::MAX;

/// One slot's entries, oldest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct List {
    head: u32,
    tail: u32,
}

impl List {
    pub(crate) const EMPTY: List = List { head: NIL, tail: NIL };

    pub(crate) fn is_empty(self) -> bool {
        self.head == NIL
    }

    pub(crate) fn first(self) -> Option<u32> {
        (self.head != NIL).then_some(self.head)
    }
}

#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) deadline: u64,
    /// The next in the list, or the next free entry.
    next: u32,
    prev: u32,
    /// Counts the lives of this place.
    generation: u32,
    /// Which list the entry is in: level * 64 + slot.
    pub(crate) place: u16,
    /// `None` while the place is free.
    value: Option<T>,
}

/// The place of an entry that leaves its list.
#[derive(Debug)]
pub(crate) struct Gap {
    pub(crate) deadline: u64,
    pub(crate) place: u16,
    next: u32,
    prev: u32,
}

/// See the module. Lists belong to the caller, who passes the right one.
#[derive(Debug)]
pub(crate) struct Entries<T> {
    slab: Vec<Entry<T>>,
    free: u32,
    len: usize,
}

impl<T> Entries<T> {
    pub(crate) fn with_capacity(capacity: usize) -> Entries<T> {
        Entries { slab: Vec::with_capacity(capacity), free: NIL, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A new entry, at the end of `list`.
    pub(crate) fn insert(&mut self, deadline: u64, place: u16, list: &mut List, value: T) -> Key {
        let prev = list.tail;
        let key = if let Some(entry) = self.slab.get_mut(self.free as usize) {
            let key = Key { index: self.free, generation: entry.generation };
            self.free = entry.next;
            entry.deadline = deadline;
            entry.next = NIL;
            entry.prev = prev;
            entry.place = place;
            entry.value = Some(value);
            key
        } else {
            self.grow(Entry { deadline, next: NIL, prev, generation: 0, place, value: Some(value) })
        };
        self.len += 1;
        self.follow(list, prev, key.index);
        key
    }

    #[cold]
    fn grow(&mut self, entry: Entry<T>) -> Key {
        assert!(self.slab.len() < NIL as usize, "a wheel holds at most 2^32 - 1 values");
        let index = self.slab.len() as u32;
        self.slab.push(entry);
        Key { index, generation: 0 }
    }

    /// Takes the value of an entry that is in use and frees the entry, which is still in its list, where
    /// [`close_gap`](Entries::close_gap) comes next.
    pub(crate) fn remove(&mut self, key: Key) -> Option<(T, Gap)> {
        let entry = self.slab.get_mut(key.index as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        let value = entry.value.take()?;
        let Entry { deadline, next, prev, place, .. } = *entry;
        entry.generation = entry.generation.wrapping_add(1);
        entry.next = self.free;
        self.free = key.index;
        self.len -= 1;
        Some((value, Gap { deadline, next, prev, place }))
    }

    /// Joins what stood before and behind an entry that was removed.
    pub(crate) fn close_gap(&mut self, list: &mut List, gap: &Gap) {
        match gap.prev {
            NIL => list.head = gap.next,
            prev => self.slab[prev as usize].next = gap.next,
        }
        match gap.next {
            NIL => list.tail = gap.prev,
            next => self.slab[next as usize].prev = gap.prev,
        }
    }

    /// The key of an entry.
    pub(crate) fn key(&self, index: u32) -> Key {
        Key { index, generation: self.slab[index as usize].generation }
    }

    pub(crate) fn find(&self, key: Key) -> Option<&Entry<T>> {
        self.slab
            .get(key.index as usize)
            .filter(|e| e.generation == key.generation && e.value.is_some())
    }

    pub(crate) fn value(&self, key: Key) -> Option<&T> {
        self.find(key)?.value.as_ref()
    }

    pub(crate) fn value_mut(&mut self, key: Key) -> Option<&mut T> {
        let entry = self.slab.get_mut(key.index as usize)?;
        if entry.generation == key.generation { entry.value.as_mut() } else { None }
    }

    pub(crate) fn at(&mut self, index: u32) -> &mut Entry<T> {
        &mut self.slab[index as usize]
    }

    /// The entry behind this one in its list.
    pub(crate) fn after(&self, index: u32) -> Option<u32> {
        let next = self.slab[index as usize].next;
        (next != NIL).then_some(next)
    }

    pub(crate) fn deadlines(&self, list: List) -> impl Iterator<Item = u64> + '_ {
        std::iter::successors(list.first(), |&index| self.after(index))
            .map(|index| self.slab[index as usize].deadline)
    }

    /// Puts an entry that is in no list at the end of `list`.
    pub(crate) fn push_back(&mut self, list: &mut List, index: u32) {
        let prev = list.tail;
        let entry = &mut self.slab[index as usize];
        entry.next = NIL;
        entry.prev = prev;
        self.follow(list, prev, index);
    }

    fn follow(&mut self, list: &mut List, prev: u32, index: u32) {
        match prev {
            NIL => list.head = index,
            prev => self.slab[prev as usize].next = index,
        }
        list.tail = index;
    }

    /// Where an entry that stays in use stands, for [`close_gap`](Entries::close_gap).
    pub(crate) fn gap(&self, index: u32) -> Gap {
        let Entry { deadline, next, prev, place, .. } = self.slab[index as usize];
        Gap { deadline, next, prev, place }
    }
}
