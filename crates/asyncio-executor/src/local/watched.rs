//! Debug mode: the same batches with a clock beside them.

use super::executor::LocalExecutor;
use super::turn::{BUDGET, call_posted};
use super::{Park, callback};
use crate::loop_task::{self, Entry, Here};
use asyncio_context::report::{Report, report};
use asyncio_context::{TaskRef, clock};
use std::panic::Location;
use std::time::Duration;

impl LocalExecutor {
    /// What `run_batches` does. It reports polls and calls that take `limit` or longer (LL135-1), and a
    /// turn that does by many short ones. By the real clock: in virtual time, too, a program that blocks
    /// its loop is to hear of it.
    #[cold]
    #[inline(never)]
    pub(super) fn run_batches_watched<P: Park + ?Sized>(
        &self,
        here: Here,
        park: &P,
        stop: impl Fn() -> bool,
        limit: Duration,
    ) {
        let began = clock::real_now();
        let (mut ran, mut told) = (0, false);
        let ready = &here.core().ready;
        loop {
            for _ in 0..ready.batch().min(BUDGET - ran) {
                ran += 1;
                told |= run(ready.pop(), limit);
            }
            if ran == 0 || ran == BUDGET || stop() || park.has_outside() || ready.is_empty() {
                break;
            }
            here.read_mail(call_posted);
        }
        let took = clock::real_now() - began;
        if took >= limit && !told && ran > 1 {
            say(Report::warning(format!(
                "the event loop saw no events for {took:.3?}, while it ran {ran} tasks and callbacks"
            )));
        }
    }
}

/// Runs a task or a callback, and says whether it was slow.
fn run(entry: Entry, limit: Duration) -> bool {
    let began = clock::real_now();
    let what = match entry {
        Entry::Task(task) => {
            // SAFETY: from the queue of the current loop.
            let what = unsafe { loop_task::queued(task) };
            // SAFETY: as above.
            unsafe { loop_task::run(task) };
            what
        }
        Entry::Call(call) => {
            callback::run(&call);
            Some((None, call.made_at))
        }
    };
    let took = clock::real_now() - began;
    match what {
        Some((task, at)) if took >= limit => slow(task, at, took),
        _ => return false,
    }
    true
}

fn slow(task: Option<TaskRef>, at: &'static Location<'static>, took: Duration) {
    let what = if task.is_some() { "a task" } else { "a callback" };
    let report = Report::warning(format!("{what} held the event loop up for {took:.3?}"));
    say(match task {
        Some(task) => report.task(task),
        None => report.location(at),
    });
}

fn say(of: Report) {
    let _ = loop_task::caught(|| report(of));
}
