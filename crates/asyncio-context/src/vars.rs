//! Context variables.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

/// A snapshot of the context variables. asyncio: `contextvars.Context`.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// `None`: nothing was ever set, and a spawn copies nothing.
    vars: Option<Arc<Vec<(usize, Arc<dyn Any + Send + Sync>)>>>,
}

impl Context {
    pub(crate) fn inherited(self) -> Context {
        self
    }
}

/// The variables of a running task.
pub(crate) type VarsCell = RefCell<Context>;

/// The variables as they are here and now.
pub fn copy_context() -> Context {
    crate::frame::with(|frame| frame.map(|f| f.vars.borrow().clone())).unwrap_or_default()
}
