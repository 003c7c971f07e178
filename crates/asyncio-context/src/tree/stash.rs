//! A few nodes that left and that nobody else refers to, kept per thread for the next ones.
//!
//! Entering and leaving a boundary is eleven atomic operations and, without this, an allocation:
//! 66 ns, and 47 with it, of which a freshly counted `Arc` is a part too. Sanitizer runs do without,
//! since memory that is used again hides a use after its end.

#[cfg(any(loom, asyncio_no_free_list))]
mod kept {
    use super::super::core::Core;
    use crate::sync::Arc;

    pub(in super::super) fn give(_: Arc<Core>) {}

    pub(in super::super) fn take() -> Option<Arc<Core>> {
        None
    }
}

#[cfg(not(any(loom, asyncio_no_free_list)))]
mod kept {
    use super::super::core::Core;
    use crate::sync::Arc;
    use std::cell::RefCell;

    /// More than the depth of nesting of most programs: nodes come and go like a stack.
    const MOST: usize = 32;

    thread_local! {
        static STASH: RefCell<Vec<Arc<Core>>> = const { RefCell::new(Vec::new()) };
    }

    /// Keeps `node`, which left the tree with nothing in it.
    #[inline]
    pub(in super::super) fn give(node: Arc<Core>) {
        // At the end of a thread the stash is gone before the last node.
        let _ = STASH.try_with(|stash| {
            let mut stash = stash.borrow_mut();
            if stash.len() < MOST {
                stash.push(node);
            }
        });
    }

    /// A node to be used again, if there is one.
    #[inline]
    pub(in super::super) fn take() -> Option<Arc<Core>> {
        STASH.try_with(|stash| stash.borrow_mut().pop()).ok().flatten()
    }
}

pub(super) use kept::{give, take};
