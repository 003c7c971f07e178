//! The live nodes entered under a node, in order of entry.

use super::core::Core;
use crate::sync::{Arc, Ordering};

/// Tombstones that are tolerated before the list is packed.
const SLACK: usize = 16;

/// One child stands inline, since inside a record the tree is nearly always a chain. A child knows
/// its place, so that thousands under one foreign `join_all` leave in constant time each.
#[derive(Debug, Default)]
pub(super) struct Kids {
    /// Older than all of `more`. Its place is 0.
    one: Option<Arc<Core>>,
    /// Place `i + 1` is at `i`; a child that left leaves a hole.
    more: Vec<Option<Arc<Core>>>,
    holes: usize,
}

impl Kids {
    /// Adds the youngest.
    pub(super) fn push(&mut self, kid: Arc<Core>) {
        if self.one.is_none() && self.more.is_empty() {
            kid.place.store(0, Ordering::Relaxed);
            self.one = Some(kid);
        } else {
            kid.place.store(self.more.len() as u32 + 1, Ordering::Relaxed);
            self.more.push(Some(kid));
        }
    }

    /// Takes `kid` out, if it is here.
    pub(super) fn remove(&mut self, kid: &Arc<Core>) -> Option<Arc<Core>> {
        let place = kid.place.load(Ordering::Relaxed) as usize;
        let slot = match place {
            0 => &mut self.one,
            _ => self.more.get_mut(place - 1)?,
        };
        if !slot.as_ref().is_some_and(|found| Arc::ptr_eq(found, kid)) {
            return None;
        }
        let kid = slot.take();
        if place > 0 {
            self.holes += 1;
            self.pack();
        }
        kid
    }

    fn pack(&mut self) {
        if self.holes == self.more.len() {
            self.more.clear();
            self.holes = 0;
        } else if self.holes > SLACK && self.holes > self.more.len() / 2 {
            self.more.retain(Option::is_some);
            self.holes = 0;
            for (i, kid) in self.more.iter().flatten().enumerate() {
                kid.place.store(i as u32 + 1, Ordering::Relaxed);
            }
        }
    }

    /// All, oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Core>> {
        self.one.iter().chain(self.more.iter().flatten())
    }
}
