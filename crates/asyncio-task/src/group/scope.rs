//! A group at work: its turns, its abort and its end.
//!
//! Two nodes stand in the cancellation tree: an outer one for the group, which forwards to the
//! children once the body is over, and an inner one around the body, where the failure of a child
//! stops. So a request from outside meets the body first (TGR-11), and a failure inside never
//! reaches what stands around the group.

use super::children::Children;
use super::confinement::Confinement;
use super::handle::{BODY, Group, NEWCOMER, Shared};
use super::slot::End;
use crate::ask::ask;
use crate::exceptions::{BoxError, Exception, ExceptionGroup};
use crate::woken::{Part, TURN};
use asyncio_context::report::{Report, report};
use asyncio_context::tree::{Node, Step};
use asyncio_context::{Message, WaitKind, waiting};
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

type Payload = Box<dyn Any + Send>;

/// The body, as its group drives it.
pub(super) trait Body {
    /// One poll. `Some` when it is over; an error is the body's failure.
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Result<(), BoxError>>;
    /// Drops the future as it stands.
    fn drop(&mut self);
}

/// How the group ended.
pub(super) enum Exit {
    /// No failure; the body's value, if it has one, is the group's.
    Quiet,
    /// With these failures.
    Failed(ExceptionGroup),
    /// The body panicked, and the children are over.
    Panicked(Payload),
}

pub(super) struct Scope<'e, C: Confinement> {
    outer: Node,
    work: Work<'e, C>,
    /// The unwinding went on outwards: this never ends.
    unwound: bool,
    at: &'static Location<'static>,
}

/// All but the outer node, which is current while this works.
struct Work<'e, C: Confinement> {
    inner: Node,
    shared: Arc<Shared<'e, C>>,
    children: Children<'e, C>,
    batch: VecDeque<usize>,
    body_part: Arc<Part>,
    body_waker: Waker,
    body_over: bool,
    /// In this turn.
    body_polled: bool,
    /// The body was unwound, and not by the group's own abort: the unwinding goes on outwards.
    unwound: bool,
    /// No more children, and those there are have been cancelled.
    aborted: bool,
    /// A child failed in this turn.
    failing: bool,
    errors: Vec<Exception>,
    body_error: Option<BoxError>,
    panic: Option<Payload>,
}

impl<'e, C: Confinement> Scope<'e, C> {
    pub(super) fn new(at: &'static Location<'static>) -> (Scope<'e, C>, Group<'e, C>) {
        let group = Group::new();
        let shared = group.shared.clone();
        let body_part = Part::new(BODY, &shared.woken);
        // The body's turn comes before those of the children it makes.
        shared.woken.push(BODY);
        let work = Work {
            inner: Node::stop(),
            children: Children::new(),
            batch: VecDeque::new(),
            body_waker: Waker::from(body_part.clone()),
            body_part,
            body_over: false,
            body_polled: false,
            unwound: false,
            aborted: false,
            failing: false,
            errors: Vec::new(),
            body_error: None,
            panic: None,
            shared,
        };
        (Scope { outer: Node::forward(), work, unwound: false, at }, group)
    }

    /// One turn of the group.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, body: &mut dyn Body) -> Poll<Exit> {
        let Scope { outer, work, unwound, at } = self;
        if *unwound {
            return Poll::Pending;
        }
        let step = outer.poll(cx, |cx| work.turn(cx, body));
        if let Step::Act = step {
            // From outside, and the body is over: now it is the children's turn to stop. A second
            // request comes here too, and is only counted (TGR-14).
            work.unwound = true;
            work.abort(outer.message().as_ref());
            // This turn may not have been taken at all, and who was woken before still waits for it.
            cx.waker().wake_by_ref();
        }
        if !work.is_over() {
            // A body that had its turn has noted what it waits for.
            if work.body_over || !work.body_polled {
                waiting(WaitKind::Group, Arc::as_ptr(&work.shared).addr(), at);
            }
            return Poll::Pending;
        }
        let exit = work.exit();
        if outer.acted() || work.unwound {
            if let Exit::Quiet = exit {
                outer.unwind();
                *unwound = true;
                return Poll::Pending;
            }
            // The failure is what the caller gets, so the request is handed back (TGR-13).
            outer.missed();
        }
        Poll::Ready(exit)
    }

    /// The group is dropped by foreign code.
    pub(super) fn abandon(&mut self, body: &mut dyn Body) {
        // Out of the tree first: nobody is to wait for answers from what is dropped.
        drop(std::mem::replace(&mut self.outer, Node::forward()));
        drop(std::mem::replace(&mut self.work.inner, Node::stop()));
        // Asked before anything is dropped: a destructor may panic.
        for task in self.work.shared.close() {
            task.cancel();
        }
        for task in self.work.children.adopted() {
            task.cancel();
        }
        body.drop();
        while let Some(newcomer) = self.work.shared.next_newcomer() {
            drop(newcomer);
        }
    }
}

impl<C: Confinement> Work<'_, C> {
    /// Polls who is woken, oldest first. Ready when all are over and the group may end as it is.
    fn turn(&mut self, cx: &mut Context<'_>, body: &mut dyn Body) -> Poll<()> {
        self.body_polled = false;
        self.failing = false;
        self.shared.woken.take(&mut self.batch);
        for _ in 0..TURN {
            match self.batch.pop_front() {
                None => break,
                Some(BODY) => self.poll_body(body),
                Some(NEWCOMER) => self.take_in(),
                Some(place) => self.poll_child(place),
            }
        }
        // The body is never left for the next turn: a request waits for its answer in this one.
        if let Some(at) = self.batch.iter().position(|key| *key == BODY) {
            self.batch.remove(at);
            self.poll_body(body);
        }
        if self.failing {
            // The others whose turn it was have had it, and the group is not over before the next: so
            // two that fail together are both told, in nested groups too (TGR-18).
            self.abort(None);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !self.aborted && self.shared.is_cancelled() {
            self.abort(None);
            // Where no boundary stands in its way, the body goes at once.
            self.poll_body(body);
        }
        if self.is_over() && !self.unwound {
            return Poll::Ready(());
        }
        match self.batch.is_empty() {
            true => self.shared.woken.sleep(cx.waker()),
            false => cx.waker().wake_by_ref(),
        }
        Poll::Pending
    }

    fn is_over(&self) -> bool {
        !self.failing && self.body_over && self.children.len() == 0 && self.shared.close_if_empty()
    }

    fn take_in(&mut self) {
        if let Some(newcomer) = self.shared.next_newcomer() {
            let place = self.children.add(newcomer, &self.shared.woken);
            self.poll_child(place);
        }
    }

    fn poll_child(&mut self, place: usize) {
        let Some(end) = self.children.poll(place) else { return };
        self.shared.leave(matches!(end, End::Failed(..)));
        if let End::Failed(task, error) = end {
            self.errors.push(Exception::new(task, error));
            self.failing = true;
        }
    }

    fn poll_body(&mut self, body: &mut dyn Body) {
        if self.body_over {
            return;
        }
        self.body_polled = true;
        self.body_part.begin();
        let mut cx = Context::from_waker(&self.body_waker);
        let step =
            self.inner.poll(&mut cx, |cx| match catch_unwind(AssertUnwindSafe(|| body.poll(cx))) {
                Ok(None) => Poll::Pending,
                Ok(Some(end)) => Poll::Ready(Ok(end)),
                Err(payload) => Poll::Ready(Err(payload)),
            });
        match step {
            Step::Pending => {}
            Step::Ready(Ok(Ok(()))) => self.end_body(body),
            Step::Ready(Ok(Err(error))) => {
                self.end_body(body);
                self.body_error = Some(error);
                self.abort(None);
            }
            Step::Ready(Err(payload)) => {
                self.end_body(body);
                self.panic = Some(payload);
                self.abort(None);
            }
            Step::Act => {
                self.end_body(body);
                // Our own abort ends here, unless somebody outside asked too, or nobody did.
                let stops = self.aborted && !self.inner.outside();
                if stops {
                    self.inner.act().swallow();
                } else {
                    self.unwound = true;
                    self.inner.unwind();
                }
                if self.panic.is_some() {
                    self.abort(None);
                }
            }
        }
    }

    /// The body's future goes, and a panic of its destructors is the body's panic.
    fn end_body(&mut self, body: &mut dyn Body) {
        self.body_over = true;
        self.body_part.end();
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body.drop())) {
            self.panic = self.panic.take().or(Some(payload));
        }
    }

    /// Cancels the children and the running body, once.
    fn abort(&mut self, message: Option<&Message>) {
        if std::mem::replace(&mut self.aborted, true) {
            return;
        }
        let newcomers = self.shared.close();
        self.children.cancel_all(message);
        for task in newcomers {
            ask(&task, message);
        }
        if !self.body_over {
            self.inner.request(None);
        }
    }

    fn exit(&mut self) -> Exit {
        if let Some(error) = self.body_error.take() {
            self.errors.push(Exception::new("body", error));
        }
        let errors = std::mem::take(&mut self.errors);
        match self.panic.take() {
            Some(payload) => {
                errors.into_iter().for_each(lost);
                Exit::Panicked(payload)
            }
            None if errors.is_empty() => Exit::Quiet,
            None => Exit::Failed(errors.into_iter().collect()),
        }
    }
}

/// The body's panic is what the group ends with; what failed beside it is at least told.
fn lost(exception: Exception) {
    let text = format!("task {:?} failed in a group whose body panicked", exception.task());
    report(Report::new(text).error(exception.into_error()));
}
