//! Which driver serves a leaf: the one it names, or the one entered on its thread, or the thread
//! that is started when there is neither.

use super::{Handle, Local, Shared, fallback};
use std::cell::RefCell;
use std::io;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;

thread_local! {
    /// What drops it is the guard. Without a destructor of its own the variable costs no check at
    /// each use, and serves to the very end of the thread.
    static CURRENT: RefCell<ManuallyDrop<Option<Rc<Local>>>> =
        const { RefCell::new(ManuallyDrop::new(None)) };
}

/// Makes a driver the one of its thread until it is dropped. See [`Driver::enter`](crate::Driver::enter).
#[must_use = "the driver is entered until the guard is dropped"]
#[derive(Debug)]
pub struct Entered {
    pub(super) before: Option<Rc<Local>>,
    pub(super) _clock: Option<asyncio_context::clock::ClockGuard>,
}

pub(super) fn enter(local: Rc<Local>) -> Option<Rc<Local>> {
    replace(Some(local))
}

fn replace(local: Option<Rc<Local>>) -> Option<Rc<Local>> {
    ManuallyDrop::into_inner(CURRENT.replace(ManuallyDrop::new(local)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        drop(replace(before));
    }
}

/// Shows `f` the driver entered on this thread, if `handle` names no other.
///
/// No foreign code may run in `f`.
#[inline]
pub(crate) fn with_local<R>(handle: Option<&Handle>, f: impl FnOnce(Option<&Local>) -> R) -> R {
    CURRENT.with_borrow(|current| f(current.as_deref().filter(|local| local.serves(handle))))
}

/// Shows `f` the driver of this number if it is entered on this thread, alive or not.
///
/// No foreign code may run in `f`.
#[inline]
pub(crate) fn with_number<R>(id: u64, f: impl FnOnce(Option<&Local>) -> R) -> R {
    CURRENT.with_borrow(|current| f(current.as_deref().filter(|local| local.shared.id == id)))
}

/// Shows `f` the driver that a leaf with this handle has to use.
///
/// # Errors
///
/// Those of starting a driver thread, and of `f`.
pub(crate) fn with_target<R>(
    handle: Option<&Handle>,
    f: impl FnOnce(&Arc<Shared>) -> io::Result<R>,
) -> io::Result<R> {
    if let Some(handle) = handle.filter(|handle| handle.is_alive()) {
        return f(&handle.0);
    }
    let mut f = Some(f);
    let result = with_local(None, |local| {
        let local = local?;
        f.take().map(|f| f(&local.shared))
    });
    match (result, f) {
        (Some(result), _) => result,
        (None, Some(f)) => f(&fallback::handle()?.0),
        (None, None) => unreachable!("taken and not called"),
    }
}
