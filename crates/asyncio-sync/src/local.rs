//! The same, confined to the loop they are used on: without any atomic operation, and not `Sync`.

use crate::confined::{self, LoopLocal};

/// [`confined::Lock`] of one loop.
pub type Lock<T = ()> = confined::Lock<T, LoopLocal>;
/// [`confined::Event`] of one loop.
pub type Event = confined::Event<LoopLocal>;
/// [`confined::Semaphore`] of one loop.
pub type Semaphore = confined::Semaphore<LoopLocal>;
/// [`confined::BoundedSemaphore`] of one loop.
pub type BoundedSemaphore = confined::BoundedSemaphore<LoopLocal>;
/// [`confined::Condition`] of one loop.
pub type Condition = confined::Condition<LoopLocal>;
/// [`confined::Barrier`] of one loop.
pub type Barrier = confined::Barrier<LoopLocal>;
/// [`confined::Queue`] of one loop.
pub type Queue<T> = confined::Queue<T, LoopLocal>;
/// [`confined::Queue`] of one loop, last in first out.
pub type LifoQueue<T> = confined::Queue<T, LoopLocal, confined::Lifo>;
/// [`confined::Queue`] of one loop, smallest first.
pub type PriorityQueue<T> = confined::Queue<T, LoopLocal, confined::Smallest>;
