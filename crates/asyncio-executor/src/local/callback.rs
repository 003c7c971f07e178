//! Plain functions in the ready queue.

use crate::loop_task::{Call, Here, caught};
use asyncio_context::report::{Report, report};
use asyncio_context::{Context, TaskRef, copy_context};
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

/// A callback that a loop was asked to call soon. Dropping the handle changes nothing.
///
/// asyncio: `asyncio.Handle`.
///
/// ```
/// use asyncio_executor::{LocalExecutor, ThreadPark};
///
/// let executor = LocalExecutor::new();
/// executor.call_soon(|| println!("called"));
/// executor.call_soon(|| unreachable!()).cancel();
/// executor.run_until(async {}, &mut ThreadPark::new()).unwrap();
/// ```
pub struct Handle(Rc<Call>);

impl Handle {
    /// The callback is not called, and dropped here, unless it was called already.
    pub fn cancel(&self) {
        self.0.cancelled.set(true);
        drop((self.0.function.take(), self.0.context.take()));
    }

    /// Whether [`cancel`](Handle::cancel) was called, in time or not (LL21-2).
    pub fn cancelled(&self) -> bool {
        self.0.cancelled.get()
    }

    /// Whether the callback is still to be called.
    pub fn is_pending(&self) -> bool {
        let function = self.0.function.take();
        let pending = function.is_some();
        self.0.function.set(function);
        pending
    }

    /// The line that scheduled the callback.
    pub fn location(&self) -> &'static Location<'static> {
        self.0.made_at
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("at", &format_args!("{}", self.0.made_at))
            .field("pending", &self.is_pending())
            .field("cancelled", &self.cancelled())
            .finish()
    }
}

/// Puts a function into the queue of the current loop, to be called with `context`; a loop that is being closed drops it.
pub(crate) fn schedule(
    context: Context,
    function: Box<dyn FnOnce()>,
    made_at: &'static Location<'static>,
) -> Handle {
    let call = Rc::new(Call {
        function: Cell::new(Some(function)),
        context: Cell::new(context),
        cancelled: Cell::new(false),
        made_at,
    });
    match Here::current() {
        Some(here) if !here.core().closing.get() => here.core().ready.push_call(call.clone()),
        _ => discard(&call),
    }
    Handle(call)
}

/// Calls it, unless it was cancelled. What it panics with is reported, and the loop goes on.
pub(crate) fn run(call: &Call) {
    let Some(function) = call.function.take() else { return };
    run_in(call.context.take(), function, call.made_at);
}

/// The panic is caught inside: the handler has the callback's variables, too (LL131-2), and they are not dropped
/// while it unwinds, where a destructor of theirs that panics would end the program.
fn run_in(mut context: Context, function: impl FnOnce(), made_at: &'static Location<'static>) {
    context.run(|| {
        if let Some(payload) = caught(function) {
            panicked("a callback panicked", payload, Some(made_at));
        }
    });
    drop_context(context, made_at);
}

fn drop_context(context: Context, made_at: &'static Location<'static>) {
    if let Some(payload) = caught(|| drop(context)) {
        panicked("a context variable panicked when it was dropped", payload, Some(made_at));
    }
}

/// A done-callback that is called with the variables of the code that registers it (CTX-4).
pub(crate) fn bound(callback: impl FnOnce(TaskRef) + 'static) -> Box<dyn FnOnce(TaskRef)> {
    let context = copy_context().inherited();
    Box::new(move |task| {
        let at = task.location();
        run_in(context, || callback(task), at);
    })
}

/// [`bound`] for other threads.
pub(crate) fn bound_send(
    callback: impl FnOnce(TaskRef) + Send + 'static,
) -> Box<dyn FnOnce(TaskRef) + Send> {
    let context = copy_context().inherited();
    Box::new(move |task| {
        let at = task.location();
        run_in(context, || callback(task), at);
    })
}

/// Drops it uncalled.
pub(crate) fn discard(call: &Call) {
    let function = call.function.take();
    if let Some(payload) = caught(|| drop(function)) {
        panicked("a callback panicked when it was dropped", payload, Some(call.made_at));
    }
    drop_context(call.context.take(), call.made_at);
}

/// Reports a panic in code that belongs to no task.
#[cold]
pub(crate) fn panicked(
    what: &str,
    payload: Box<dyn Any + Send>,
    at: Option<&'static Location<'static>>,
) {
    let text = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a value without text".to_owned(),
    };
    let mut to_say = Report::new(what).error(text);
    to_say.location = at;
    // The handler is the user's, too.
    let _ = caught(|| report(to_say));
    // And so is the payload's destructor.
    let _ = caught(|| drop(payload));
}
