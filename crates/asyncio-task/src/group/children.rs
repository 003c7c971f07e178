//! The children that a group's future owns and polls.

use super::confinement::Confinement;
use super::handle::Newcomer;
use super::slot::End;
use crate::ask::ask;
use crate::woken::{Part, Woken};
use asyncio_context::{Message, TaskRef};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Children in numbered places; a place is given to the next one when its child is over, so a group
/// that lives long stays small (TGR-27).
pub(super) struct Children<'e, C: Confinement> {
    places: Vec<Option<Entry<'e, C>>>,
    free: Vec<usize>,
}

struct Entry<'e, C: Confinement> {
    child: Newcomer<'e, C>,
    part: Arc<Part>,
    waker: Waker,
}

impl<'e, C: Confinement> Children<'e, C> {
    pub(super) fn new() -> Children<'e, C> {
        Children { places: Vec::new(), free: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.places.len() - self.free.len()
    }

    /// Gives `child` a place.
    pub(super) fn add(&mut self, child: Newcomer<'e, C>, woken: &Arc<Woken>) -> usize {
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        let part = Part::new(place, woken);
        let waker = Waker::from(part.clone());
        self.places[place] = Some(Entry { child, part, waker });
        place
    }

    /// One turn of the child at `place`, and how it ended, if it did.
    pub(super) fn poll(&mut self, place: usize) -> Option<End> {
        let slot = self.places.get_mut(place)?;
        let entry = slot.as_mut()?;
        entry.part.begin();
        let mut cx = Context::from_waker(&entry.waker);
        let Poll::Ready(end) = Pin::new(&mut entry.child.future).poll(&mut cx) else {
            return None;
        };
        entry.part.end();
        let over = slot.take();
        self.free.push(place);
        drop(over);
        Some(end)
    }

    /// Asks every child to stop.
    pub(super) fn cancel_all(&self, message: Option<&Message>) {
        for entry in self.places.iter().flatten() {
            ask(&entry.child.task, message);
        }
    }

    /// The tasks that go on when the group is dropped.
    pub(super) fn adopted(&self) -> impl Iterator<Item = &TaskRef> {
        let children = self.places.iter().flatten().map(|entry| &entry.child);
        children.filter(|child| child.adopted).map(|child| &child.task)
    }
}
