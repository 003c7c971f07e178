//! Who is called when a [`Deferred`] is done, and where.

use super::Deferred;
use asyncio_context::report::{Report, report};
use asyncio_context::{Context, copy_context, panic_text};
use asyncio_executor::{DoneCallback, Remote};
use std::panic::{AssertUnwindSafe, catch_unwind};

type Function<T> = Box<dyn FnOnce(&Deferred<T>) + Send>;

pub(super) struct Callback<T> {
    pub(super) name: DoneCallback,
    function: Function<T>,
    /// The variables of who registered it (CTX-4).
    context: Context,
    /// The loop on which it was registered.
    home: Option<Remote>,
}

impl<T: Send + Sync + 'static> Callback<T> {
    pub(super) fn new(function: impl FnOnce(&Deferred<T>) + Send + 'static) -> Callback<T> {
        Callback {
            name: DoneCallback::new(),
            function: Box::new(function),
            context: copy_context().inherited(),
            home: Remote::current(),
        }
    }

    /// Puts it into the ready queue of its loop (LL31-2). One that was registered outside any loop is
    /// called here and now; one whose loop is closed is dropped. Never panics: others may come after it.
    pub(super) fn schedule(self, done: &Deferred<T>) {
        let Callback { function, mut context, home, .. } = self;
        let deferred = done.clone();
        match home {
            Some(home) => {
                let late = || _ = home.call_soon(context, move || function(&deferred));
                reported("a callback of a Deferred panicked when it was dropped", late);
            }
            None => {
                context.run(|| {
                    reported("a callback of a Deferred panicked", || function(&deferred));
                });
                let what = "a context variable panicked when it was dropped";
                reported(what, || drop((context, deferred)));
            }
        }
    }
}

/// Runs code of a user's and reports what it panics with.
fn reported(what: &str, f: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(f)) {
        let text = panic_text(&*payload).unwrap_or("a value without text").to_owned();
        report(Report::new(what).error(text));
        // The payload's destructor is the user's, too.
        if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
    }
}
