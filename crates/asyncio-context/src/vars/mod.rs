//! Context variables: values that go with a task instead of with a thread.

mod context;
mod var;

pub(crate) use context::VarsCell;
pub use context::{Context, copy_context};
pub use var::{ContextVar, VarToken};
