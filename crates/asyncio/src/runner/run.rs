use super::{Runner, interrupt, refuse_nesting};
use crate::event_loop::LoopBuilder;
use std::panic::Location;

/// Runs `main` on a loop of its own and returns its value. asyncio: `asyncio.run`.
///
/// When main is done the tasks that are left are cancelled and awaited (RUN-10), blocking calls that they made are waited
/// for, and the loop is closed. `main` may borrow from the caller and need not be `Send`.
///
/// Ctrl-C cancels main; when its clean-ups have run the program ends by the signal. A second Ctrl-C ends it at once.
///
/// # Panics
///
/// With what main panicked with (RUN-2); if main ended cancelled by anything but Ctrl-C (RUN-18); inside a running loop
/// (RUN-5); and where the system has no descriptors left for a loop.
///
/// ```
/// let words = String::from("borrowed words");
/// let count = asyncio::run(async { words.split(' ').count() });
/// assert_eq!(count, 2);
/// ```
#[track_caller]
pub fn run<F: IntoFuture>(main: F) -> F::Output {
    run_with(LoopBuilder::default(), main)
}

/// [`run`] in virtual time: the clock jumps to the next deadline when all tasks wait for time or for each other.
///
/// # Panics
///
/// As [`run`].
///
/// ```
/// use asyncio::{now, run_virtual, sleep};
/// use std::time::Duration;
///
/// let day = Duration::from_secs(86_400);
/// let slept = run_virtual(async {
///     let began = now();
///     sleep(day).await;
///     now() - began
/// });
/// assert_eq!(slept, day);
/// ```
#[track_caller]
pub fn run_virtual<F: IntoFuture>(main: F) -> F::Output {
    run_with(LoopBuilder::default().virtual_time(true), main)
}

#[track_caller]
fn run_with<F: IntoFuture>(config: LoopBuilder, main: F) -> F::Output {
    refuse_nesting("asyncio::run()");
    let at = Location::caller();
    let mut runner = Runner::with(config);
    let outcome = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        runner.run_from(at, main)
    })) {
        Ok(outcome) => outcome,
        Err(payload) => {
            // The panic goes on when what main has left is cleaned up, as an exception would.
            runner.close();
            std::panic::resume_unwind(payload)
        }
    };
    runner.close();
    match outcome {
        Ok(value) => value,
        Err(cancelled) => {
            if cancelled.by_interrupt() {
                interrupt::raise_again();
            }
            panic!("{cancelled}")
        }
    }
}
