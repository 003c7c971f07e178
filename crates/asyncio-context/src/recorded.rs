//! A task for anybody's executor.

use crate::sync::{Mutex, lock};
use crate::vars::copy_context;
use crate::{Body, JoinError, Owner, Record, TaskRef};
use pin_project_lite::pin_project;
use std::borrow::Cow;
use std::panic::Location;
use std::pin::Pin;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// A record in memory of its own, with the waker of its last poll.
#[repr(C)]
struct Shared {
    // First, so that a pointer to the record is a pointer to the whole.
    record: Record,
    waker: Mutex<Option<Waker>>,
}

impl Shared {
    /// No waker is cloned or dropped under the lock.
    fn keep_waker(&self, waker: &Waker) {
        let slot = || lock(&self.waker);
        if slot().as_ref().is_some_and(|old| old.will_wake(waker)) {
            return;
        }
        let clone = waker.clone();
        let before = slot().replace(clone);
        drop(before);
    }

    /// At the end: a reference to the task keeps this memory, and must keep nobody's waker in it.
    fn drop_waker(&self) {
        let waker = lock(&self.waker).take();
        drop(waker);
    }
}

static OWNER: Owner = Owner { clone: clone_shared, drop: drop_shared, wake: wake_shared };

/// From the record to the whole. A pointer made of a `&Record` may not be used beyond the record,
/// so the address alone is taken, and the provenance that `Recorded::new` exposed.
fn whole(record: NonNull<Record>) -> *const Shared {
    ptr::with_exposed_provenance(record.addr().get())
}

unsafe fn clone_shared(record: NonNull<Record>) {
    // SAFETY: every record with this owner stands in an `Arc<Shared>`, at its beginning, and is
    // alive.
    unsafe { Arc::increment_strong_count(whole(record)) };
}

unsafe fn drop_shared(record: NonNull<Record>) {
    // SAFETY: as above, and the caller gives its reference up.
    unsafe { Arc::decrement_strong_count(whole(record)) };
}

unsafe fn wake_shared(record: NonNull<Record>) {
    // SAFETY: as above; the caller keeps the record alive during the call.
    let shared = unsafe { &*whole(record) };
    // Taken, not cloned: a clone is somebody's code. The next poll puts one back.
    let waker = lock(&shared.waker).take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

pin_project! {
    /// A future with a task record of its own: a task for anybody's executor.
    ///
    /// Made by [`recorded`]. Inside it `current_task()`, cancellation, context variables and the
    /// record of waits work as in a task of ours.
    ///
    /// # Cancel safety
    ///
    /// Dropped before its end, the task ends cancelled, without its clean-ups: destructors run, and
    /// those who hold a [`TaskRef`] see that it is over.
    pub struct Recorded<F>
    where
        F: Future,
    {
        shared: Arc<Shared>,
        #[pin]
        body: Body<F>,
        keep: fn(&F::Output) -> bool,
        over: bool,
    }

    impl<F> PinnedDrop for Recorded<F>
    where
        F: Future,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !*this.over {
                let dropped = this.body.abandon(&this.shared.record);
                this.shared.drop_waker();
                if dropped.is_ok() {
                    // Nobody gets an error that would say so.
                    this.shared.record.mailbox().note_cancelled();
                }
                // A destructor's panic goes on, as it would from a plain future.
                if let Err(payload) = dropped
                    && !std::thread::panicking()
                {
                    std::panic::resume_unwind(payload);
                }
            }
        }
    }
}

/// Makes a task of `future`, called `name`, that any executor can poll. Its output is a `Result`:
/// the future's value, or why there is none.
///
/// ```
/// use asyncio_context::{current_task, recorded};
/// use futures_lite::future::block_on;
///
/// let name = block_on(recorded("greeter", async { current_task().name() }));
/// assert_eq!(name.unwrap(), "greeter");
/// let end = block_on(recorded("unlucky", async { panic!("tripped") }));
/// assert_eq!(end.unwrap_err().to_string(), "task \"unlucky\" panicked: tripped");
/// ```
#[track_caller]
pub fn recorded<F: Future>(name: impl Into<Cow<'static, str>>, future: F) -> Recorded<F> {
    let recorded = Recorded::new(future, Location::caller());
    recorded.shared.record.set_name(name);
    recorded
}

impl<F: Future> Recorded<F> {
    /// Makes a task of `future`, spawned at `spawned_at`.
    pub fn new(future: F, spawned_at: &'static Location<'static>) -> Recorded<F> {
        // SAFETY: the record goes to the beginning of an `Arc<Shared>`, as `OWNER` wants it.
        let record = unsafe { Record::new(&OWNER, spawned_at) };
        let shared = Arc::new(Shared { record, waker: Mutex::new(None) });
        // `OWNER` finds the way back from the record to all of this.
        let _ = Arc::as_ptr(&shared).expose_provenance();
        Recorded { shared, body: Body::new(copy_context(), future), keep: |_| false, over: false }
    }

    /// Lets a value stand, if `keep` says so, although the task cancelled itself and did not suspend
    /// after. A group keeps the errors of its children.
    #[must_use]
    pub fn keeping(mut self, keep: fn(&F::Output) -> bool) -> Recorded<F> {
        self.keep = keep;
        self
    }

    /// The task, for others.
    pub fn task(&self) -> TaskRef {
        self.shared.record.to_ref()
    }
}

impl<F: Future> Future for Recorded<F> {
    type Output = Result<F::Output, JoinError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        this.shared.keep_waker(cx.waker());
        let polled = this.body.poll_keeping(&this.shared.record, cx, *this.keep);
        if polled.is_ready() {
            *this.over = true;
            this.shared.drop_waker();
        }
        polled
    }
}
