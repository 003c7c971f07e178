//! The current task: its record, its cancellation tree, context variables, clock and seeded chance.

mod body;
mod catch;
mod cleanup;
pub mod clock;
mod error;
mod frame;
mod hook;
mod id;
mod mailbox;
pub mod random;
mod record;
mod recorded;
pub mod report;
mod sync;
mod task_ref;
pub mod tree;
mod vars;
mod wait;

pub use body::Body;
pub use catch::{CatchCancel, catch_cancel};
pub use cleanup::{scoped, with_cleanup};
pub use error::{JoinError, Message, panic_text};
pub use frame::{current_task, current_task_id, try_current_task, without_task};
pub use hook::{ThreadGuard, ThreadHook, enter_thread, install_thread_hook};
pub use id::TaskId;
pub use record::{Owner, Record};
pub use recorded::{Recorded, recorded};
pub use task_ref::TaskRef;
pub use tree::Cancelled;
pub use vars::{Context, ContextVar, VarToken, copy_context};
pub use wait::{Wait, WaitKind, waiting};

#[cfg(all(test, loom))]
mod models;
