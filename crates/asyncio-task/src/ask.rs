//! Passing a request on.

use asyncio_context::{Message, TaskRef};

/// Asks `task` to stop, with the text of the request that is passed on. False if it is over.
pub(crate) fn ask(task: &TaskRef, message: Option<&Message>) -> bool {
    match message {
        Some(message) => task.cancel_with(message.clone()),
        None => task.cancel(),
    }
}
