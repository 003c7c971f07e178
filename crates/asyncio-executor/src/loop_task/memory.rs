//! Where tasks live: a free list per size, fed by chunks that stay with the loop.
//!
//! All tasks of a loop are freed by its owner as long as it is open, so the lists need no atomics.
//! Measured when this was chosen: a spawn and join costs 95 ns on glibc's malloc, 25 on mimalloc,
//! 18 on these lists. They hide uses after free, so debug builds and
//! `--cfg asyncio_no_free_list` take every task from the allocator and give it back.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::cell::{Cell, UnsafeCell};
use std::ptr::{self, NonNull};

/// Whether the lists are in use.
const LISTS: bool = !cfg!(any(debug_assertions, asyncio_no_free_list, loom));
/// Sizes are rounded up to this, which is also the largest alignment served; futures that want a larger
/// one are rare.
const STEP: usize = 8;
/// Larger tasks go to the allocator.
const LARGEST: usize = 1024;
const CLASSES: usize = LARGEST / STEP;
/// Chunks begin small, so that a loop with three tasks is, too.
const FIRST_CHUNK: usize = 4 << 10;
const CHUNK: usize = 64 << 10;

/// The number of the list that serves a layout. Reckoned once for each type of task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class(usize);

impl Class {
    /// None serves it: the allocator does.
    const NONE: Class = Class(CLASSES);

    pub(super) const fn of(layout: Layout) -> Class {
        if LISTS && layout.size() > 0 && layout.size() <= LARGEST && layout.align() <= STEP {
            Class((layout.size() - 1) / STEP)
        } else {
            Class::NONE
        }
    }
}

/// A block that waits for its next use.
struct Free {
    next: *mut Free,
}

/// The memory of a loop's tasks. Owner only, until it is dropped.
pub(super) struct Memory {
    lists: [Cell<*mut Free>; CLASSES],
    /// The unused rest of the newest chunk.
    rest: Cell<*mut u8>,
    left: Cell<usize>,
    chunks: UnsafeCell<Vec<(NonNull<u8>, Layout)>>,
}

impl Memory {
    pub(super) fn new() -> Memory {
        Memory {
            lists: [const { Cell::new(ptr::null_mut()) }; CLASSES],
            rest: Cell::new(ptr::null_mut()),
            left: Cell::new(0),
            chunks: UnsafeCell::new(Vec::new()),
        }
    }

    /// Memory for a task, whose layout is of this class.
    #[inline]
    pub(super) fn take(&self, class: Class, layout: Layout) -> NonNull<u8> {
        let Some(list) = self.lists.get(class.0) else { return from_allocator(layout) };
        let free = list.get();
        if free.is_null() {
            return self.carve((class.0 + 1) * STEP);
        }
        // SAFETY: what is in the list was put there by `give_back`, which wrote the link.
        list.set(unsafe { (*free).next });
        // SAFETY: not null, see above.
        unsafe { NonNull::new_unchecked(free.cast()) }
    }

    #[cold]
    fn carve(&self, size: usize) -> NonNull<u8> {
        if self.left.get() < size {
            self.add_chunk();
        }
        let block = self.rest.get();
        self.left.set(self.left.get() - size);
        // SAFETY: `left` was at least `size`, so this stays within the chunk or at its end.
        self.rest.set(unsafe { block.add(size) });
        // SAFETY: it lies in a chunk, which is not null.
        unsafe { NonNull::new_unchecked(block) }
    }

    /// What is left of the chunk before is given up: at most one block.
    fn add_chunk(&self) {
        // SAFETY: the owner alone is here, and no reference to the list outlives a call.
        let chunks = unsafe { &mut *self.chunks.get() };
        let size = (FIRST_CHUNK << chunks.len().min(8)).min(CHUNK);
        let layout = Layout::from_size_align(size, STEP).expect("a small constant");
        let chunk = from_allocator(layout);
        chunks.push((chunk, layout));
        self.rest.set(chunk.as_ptr());
        self.left.set(size);
    }

    /// Takes a task's memory back.
    ///
    /// # Safety
    ///
    /// `block` came from `take` with the same class and layout, and nobody uses it.
    #[inline]
    pub(super) unsafe fn give_back(&self, block: NonNull<u8>, class: Class, layout: Layout) {
        let Some(list) = self.lists.get(class.0) else {
            // SAFETY: without a list, `take` went to the allocator.
            return unsafe { dealloc(block.as_ptr(), layout) };
        };
        let free = block.as_ptr().cast::<Free>();
        // SAFETY: a block is at least one step large and so aligned, and unused, says the caller.
        unsafe { free.write(Free { next: list.get() }) };
        list.set(free);
    }

    /// The same once the loop is closed, on any thread: blocks of chunks wait for the end of the
    /// chunk.
    ///
    /// # Safety
    ///
    /// As `give_back`.
    pub(super) unsafe fn forget(block: NonNull<u8>, class: Class, layout: Layout) {
        if class == Class::NONE {
            // SAFETY: without a list, `take` went to the allocator.
            unsafe { dealloc(block.as_ptr(), layout) };
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        for (chunk, layout) in self.chunks.get_mut().drain(..) {
            // SAFETY: the chunk came from the allocator with this layout. The home, whose part this
            // is, outlives all tasks.
            unsafe { dealloc(chunk.as_ptr(), layout) };
        }
    }
}

fn from_allocator(layout: Layout) -> NonNull<u8> {
    // SAFETY: a task and a chunk are larger than nothing.
    let block = unsafe { alloc(layout) };
    NonNull::new(block).unwrap_or_else(|| handle_alloc_error(layout))
}
