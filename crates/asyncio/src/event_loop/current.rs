//! Which loop runs on this thread.

use super::LoopRef;
use super::state::State;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::rc::Rc;

thread_local! {
    static CURRENT: RefCell<Option<Rc<State>>> = const { RefCell::new(None) };
}

/// Restores what was current before.
pub(super) struct Current {
    before: Option<Rc<State>>,
    not_send: PhantomData<*const ()>,
}

pub(super) fn enter(state: Rc<State>) -> Current {
    // Where the thread is ending a loop is closed, but nothing is current any more.
    let before = CURRENT.try_with(|current| current.replace(Some(state)));
    Current { before: before.ok().flatten(), not_send: PhantomData }
}

impl Drop for Current {
    fn drop(&mut self) {
        let before = self.before.take();
        let entered = CURRENT.try_with(|current| current.replace(before));
        drop(entered);
    }
}

/// The loop that is running on this thread. asyncio: `get_running_loop`.
///
/// # Panics
///
/// Outside a task or callback of a loop.
#[track_caller]
pub fn get_running_loop() -> LoopRef {
    match try_get_running_loop() {
        Some(event_loop) => event_loop,
        None => panic!("get_running_loop() was called with no running event loop"),
    }
}

/// The loop that is running on this thread, if one is.
pub fn try_get_running_loop() -> Option<LoopRef> {
    let current = CURRENT.try_with(|current| current.borrow().clone());
    current.ok().flatten().map(LoopRef::new)
}
