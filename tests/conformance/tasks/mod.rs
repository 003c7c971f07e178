//! Making tasks, looking at them, cancelling them.

mod cancel;
mod cancel_edges;
mod count;
mod create;
mod handle;
mod list;
