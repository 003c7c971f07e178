//! What the owner of a loop and the references to it share.

use super::current::{self, Current};
use super::{LoopHandle, LoopRef, log};
use crate::runner::Interrupt;
use asyncio_blocking::{Calls, CallsGuard};
use asyncio_context::report::{self, HandlerGuard, Report};
use asyncio_context::{TaskRef, panic_text};
use asyncio_executor::LocalExecutor;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

/// A user's exception handler.
pub(super) type Handler = Rc<dyn Fn(&LoopRef, Report)>;

pub(crate) struct State {
    pub(super) executor: LocalExecutor,
    pub(super) flags: Arc<Flags>,
    /// The default executor as this loop sees it.
    pub(super) calls: Calls,
    pub(super) stop: Cell<bool>,
    pub(super) debug: Cell<bool>,
    /// From here on a poll or a call is slow, in debug mode.
    pub(super) slow: Cell<Duration>,
    /// The task of `run_until_complete`.
    pub(super) main: RefCell<Option<TaskRef>>,
    pub(super) interrupt: RefCell<Option<Interrupt>>,
    pub(super) handler: RefCell<Option<Handler>>,
    /// Where reports go while the loop runs: made once, looks the handler up.
    reports: Rc<dyn Fn(Report)>,
}

/// What other threads may ask.
#[derive(Debug)]
pub(super) struct Flags(AtomicU8);

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const CLOSED: u8 = 2;

impl Flags {
    pub(super) fn is_running(&self) -> bool {
        self.0.load(Ordering::Acquire) == RUNNING
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) == CLOSED
    }

    pub(super) fn close(&self) {
        self.0.store(CLOSED, Ordering::Release);
    }
}

impl State {
    pub(super) fn new(debug: bool) -> Rc<State> {
        let state = Rc::new_cyclic(|this: &Weak<State>| {
            let this = this.clone();
            State {
                executor: LocalExecutor::new(),
                flags: Arc::new(Flags(AtomicU8::new(IDLE))),
                calls: Calls::new(),
                stop: Cell::new(false),
                debug: Cell::new(debug),
                slow: Cell::new(Duration::from_millis(100)),
                main: RefCell::new(None),
                interrupt: RefCell::new(None),
                handler: RefCell::new(None),
                reports: Rc::new(move |report| match this.upgrade() {
                    Some(state) => state.receive(report),
                    None => log::say(&report),
                }),
            }
        });
        state.note_debug();
        state
    }

    /// The executor measures in debug mode only.
    pub(super) fn note_debug(&self) {
        if !self.flags.is_closed() {
            self.executor.report_slow(self.debug.get().then_some(self.slow.get()));
        }
    }

    pub(super) fn handle(&self) -> LoopHandle {
        LoopHandle::new(self.executor.remote(), self.flags.clone())
    }

    /// Hands a report to the loop's handler. One that panics is reported, too, as is what it did not tell (LL131-3).
    pub(super) fn receive(self: Rc<State>, report: Report) {
        // Cloned out of the cell: the handler may set another.
        let handler = self.handler.borrow().clone();
        match handler {
            Some(handler) => {
                // The handler gets the report itself, so its words are kept.
                let (message, location) = (report.message.clone(), report.location);
                let event_loop = LoopRef::new(self);
                let told = catch_unwind(AssertUnwindSafe(|| handler(&event_loop, report)));
                if let Err(payload) = told {
                    let text = panic_text(&*payload).unwrap_or("a value without text").to_owned();
                    let what =
                        format!("the exception handler panicked when it was told: {message}");
                    let mut own = Report::new(what).error(text);
                    own.location = location;
                    log::say(&own);
                }
            }
            None => log::say(&report),
        }
    }

    /// Cancels the task of `run_until_complete`, if one runs.
    pub(super) fn stop_main(&self) -> bool {
        let main = self.main.borrow().clone();
        main.is_some_and(|main| {
            main.cancel_with("the event loop was stopped before the future completed")
        })
    }

    pub(super) fn look_for_interrupt(&self) {
        if let Some(interrupt) = &*self.interrupt.borrow() {
            interrupt.look();
        }
    }

    /// Makes the loop current until the guard is dropped.
    pub(super) fn running(self: &Rc<State>) -> Running {
        self.flags.0.store(RUNNING, Ordering::Release);
        Running {
            flags: self.flags.clone(),
            _calls: self.calls.enter(),
            _current: current::enter(self.clone()),
            _reports: report::enter_handler(self.reports.clone()),
        }
    }
}

pub(super) struct Running {
    flags: Arc<Flags>,
    _calls: CallsGuard,
    _current: Current,
    _reports: HandlerGuard,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _closed =
            self.flags.0.compare_exchange(RUNNING, IDLE, Ordering::AcqRel, Ordering::Acquire);
    }
}
