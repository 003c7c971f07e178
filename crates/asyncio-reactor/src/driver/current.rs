//! Which driver serves a leaf: the one it names, or the one entered on its thread, or the thread
//! that is started when there is neither.

use super::{Handle, Local, Shared, fallback};
use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

thread_local! {
    static CURRENT: RefCell<Option<Rc<Local>>> = const { RefCell::new(None) };
}

/// Makes a driver the one of its thread until it is dropped. See [`Driver::enter`](crate::Driver::enter).
#[must_use = "the driver is entered until the guard is dropped"]
#[derive(Debug)]
pub struct Entered {
    pub(super) before: Option<Rc<Local>>,
    pub(super) _clock: Option<asyncio_context::clock::ClockGuard>,
}

pub(super) fn enter(local: Rc<Local>) -> Option<Rc<Local>> {
    CURRENT.replace(Some(local))
}

impl Drop for Entered {
    fn drop(&mut self) {
        let before = self.before.take();
        // While the thread ends there may be nothing to restore.
        let _left = CURRENT.try_with(|current| current.replace(before));
    }
}

/// Shows `f` the driver entered on this thread, if `handle` names no other.
///
/// No foreign code may run in `f`.
#[inline]
pub(crate) fn with_local<R>(handle: Option<&Handle>, f: impl FnOnce(Option<&Local>) -> R) -> R {
    let mut f = Some(f);
    let result = CURRENT.try_with(|current| {
        let current = current.borrow();
        let local = current.as_deref().filter(|local| local.serves(handle));
        f.take().map(|f| f(local))
    });
    match result {
        Ok(Some(result)) => result,
        // The thread is ending.
        _ => f.take().expect("not called yet")(None),
    }
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
