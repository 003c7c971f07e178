//! asyncio's task chapter: groups, gather, wait, shield, timeouts, clean-up.

#![forbid(unsafe_code)]

mod as_completed;
mod ask;
mod deadline;
mod deferred;
mod exceptions;
mod gather;
mod group;
pub mod local;
mod outcome;
mod shield;
mod timeout;
mod timeout_error;
mod wait;
mod wait_for;
mod waitables;
mod waiters;
mod woken;
mod yield_now;

pub use as_completed::{AsCompleted, NextCompleted, as_completed};
pub use asyncio_context::{
    Cancelled, CatchCancel, JoinError, Message, TaskRef, catch_cancel, current_task, scoped,
    try_current_task, with_cleanup,
};
pub use asyncio_executor::{Shieldable, Shielded, Waitable};
pub use asyncio_reactor::{Sleep, sleep, sleep_until};
pub use deadline::Deadline;
pub use deferred::{Deferred, DeferredError, DeferredWait, DeferredWatch, create_future};
pub use exceptions::{BoxError, Exception, ExceptionGroup};
pub use gather::{
    Gather, GatherResults, Listed, Member, Members, TryGather, TryMembers, gather, try_gather,
};
pub use group::{
    Child, ChildError, ChildJoining, ChildWatch, Confinement, Group, LoopLocal, Run, TaskGroup,
    ThreadSafe,
};
pub use outcome::Outcome;
pub use shield::shield;
pub use timeout::{Timeout, timeout, timeout_at};
pub use timeout_error::TimeoutError;
pub use wait::{Finished, Panicked, ReturnWhen, Wait, wait};
pub use wait_for::wait_for;
pub use yield_now::{YieldNow, yield_now};

/// What the macros expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::gather::{gather_members as gather, member, try_gather_members as try_gather};
}
