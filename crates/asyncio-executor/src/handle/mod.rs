//! What one holds of a task.

mod abort;
mod builder;
mod done_callback;
mod join_state;
mod joining;
mod readers;
mod shared_task;
mod task;

pub use abort::AbortOnDrop;
pub use builder::{Builder, Quiet, Reported};
pub use done_callback::DoneCallback;
pub(crate) use join_state::Carried;
pub use joining::{Joining, SharedJoining};
pub use readers::SharedResult;
pub use shared_task::SharedTask;
pub use task::Task;

#[cfg(all(test, loom))]
mod models;
