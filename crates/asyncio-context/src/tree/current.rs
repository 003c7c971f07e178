//! The current node: the innermost one whose future is being polled on this thread.

use super::core::Core;
use super::leaf::seat;
use crate::Record;
use crate::frame::{self, Frame};
use crate::sync::Arc;
use std::cell::RefCell;

/// Where the current node stands: in the frame of the task that is polled, so that a nested task
/// begins with none. A node's owner *moves* its reference here for the time of its poll: no count
/// is touched.
pub(crate) type Slot = RefCell<Option<Arc<Core>>>;

#[cfg(not(loom))]
thread_local! {
    /// For polls outside any task.
    static LOOSE: Slot = const { RefCell::new(None) };
}
#[cfg(loom)]
loom::thread_local! {
    static LOOSE: Slot = RefCell::new(None);
}

/// The place this thread polls at.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) slot: &'a Slot,
    pub(super) frame: Option<&'a Frame<'a>>,
}

/// Shows `f` the place.
#[inline]
pub(super) fn with<R>(f: impl FnOnce(Place<'_>) -> R) -> R {
    frame::with(|frame| match frame {
        Some(frame) => f(Place { slot: &frame.node, frame: Some(frame) }),
        None => loose(|slot| f(Place { slot, frame: None })),
    })
}

/// Past the end of the thread's locals nothing is polled any more, but tokens are dropped.
fn loose<R>(f: impl FnOnce(&Slot) -> R) -> R {
    let mut f = Some(f);
    let run = |slot: &Slot| f.take().map(|f| f(slot));
    match LOOSE.try_with(run) {
        Ok(Some(result)) => result,
        _ => f.take().expect("`run` was not called")(&RefCell::new(None)),
    }
}

/// Whether `node` is the current one.
pub(super) fn is_current(node: &Arc<Core>) -> bool {
    with(|place| place.address() == address(node))
}

/// What a place is called whose record has no root yet: no node's address.
const ROOTLESS: usize = 1;
/// No node and no record here.
const NOWHERE: usize = 0;

impl Place<'_> {
    /// The address of the node that is current here. A node that was entered under it holds a
    /// reference to it, so the address is not used again meanwhile.
    #[inline]
    pub(super) fn address(&self) -> usize {
        match (&*self.slot.borrow(), self.frame) {
            (Some(node), _) => address(node),
            (None, Some(frame)) => frame.record.root().map_or(ROOTLESS, address),
            (None, None) => NOWHERE,
        }
    }

    /// The node that is current here; a record's root is made when first needed.
    pub(super) fn node(&self) -> Option<Arc<Core>> {
        let node = self.slot.borrow().clone();
        node.or_else(|| {
            let record = self.frame?.record;
            let root = record.root_or_new()?;
            // The wait it holds was there before whatever wants the root.
            seat(record, root);
            Some(root.clone())
        })
    }

    pub(super) fn record(&self) -> Option<&Record> {
        self.frame.map(|frame| frame.record)
    }
}

pub(super) fn address(node: &Arc<Core>) -> usize {
    std::ptr::from_ref::<Core>(node).addr()
}

/// Makes `home`'s node the current one until dropped, also when the poll unwinds.
pub(super) struct Seat<'a> {
    slot: &'a Slot,
    home: &'a mut Option<Arc<Core>>,
    before: Option<Arc<Core>>,
}

impl<'a> Seat<'a> {
    #[inline]
    pub(super) fn take(slot: &'a Slot, home: &'a mut Option<Arc<Core>>) -> Seat<'a> {
        let before = slot.replace(home.take());
        Seat { slot, home, before }
    }
}

impl Drop for Seat<'_> {
    #[inline]
    fn drop(&mut self) {
        *self.home = self.slot.replace(self.before.take());
    }
}
