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

    /// A new entry, in no list yet.
    pub(crate) fn add(&mut self, deadline: u64, value: T) -> Key {
        self.len += 1;
        if let Some(entry) = self.slab.get_mut(self.free as usize) {
            let key = Key { index: self.free, generation: entry.generation };
            self.free = entry.next;
            entry.deadline = deadline;
            entry.value = Some(value);
            return key;
        }
        assert!(self.slab.len() < NIL as usize, "a wheel holds at most 2^32 - 1 values");
        let index = self.slab.len() as u32;
        let entry =
            Entry { deadline, next: NIL, prev: NIL, generation: 0, place: 0, value: Some(value) };
        self.slab.push(entry);
        Key { index, generation: 0 }
    }

    /// Frees an entry that is in no list.
    pub(crate) fn take(&mut self, index: u32) -> (Key, T) {
        let entry = &mut self.slab[index as usize];
        let key = Key { index, generation: entry.generation };
        let value = entry.value.take().expect("a linked entry holds a value");
        entry.generation = entry.generation.wrapping_add(1);
        entry.next = self.free;
        self.free = index;
        self.len -= 1;
        (key, value)
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

    pub(crate) fn push_back(&mut self, list: &mut List, index: u32) {
        let entry = &mut self.slab[index as usize];
        entry.next = NIL;
        entry.prev = list.tail;
        match list.tail {
            NIL => list.head = index,
            tail => self.slab[tail as usize].next = index,
        }
        list.tail = index;
    }

    pub(crate) fn unlink(&mut self, list: &mut List, index: u32) {
        let Entry { next, prev, .. } = self.slab[index as usize];
        match prev {
            NIL => list.head = next,
            prev => self.slab[prev as usize].next = next,
        }
        match next {
            NIL => list.tail = prev,
            next => self.slab[next as usize].prev = prev,
        }
    }
}
