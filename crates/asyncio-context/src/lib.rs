//! The current task: its record, its cancellation tree, context variables, clock and seeded chance.

mod body;
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
mod task_ref;
mod vars;
mod wait;

pub use body::Body;
pub use error::{JoinError, Message};
pub use frame::{current_task, try_current_task};
pub use hook::{ThreadGuard, ThreadHook, enter_thread, install_thread_hook};
pub use id::TaskId;
pub use record::{Owner, Record};
pub use recorded::{Recorded, recorded};
pub use task_ref::TaskRef;
pub use vars::{Context, copy_context};
pub use wait::{Wait, WaitKind, waiting};
