//! Running a program: `run` and `Runner`.

mod builder;
mod error;
mod interrupt;
mod run;

pub use builder::RunnerBuilder;
pub use error::CancelledError;
pub(crate) use interrupt::Interrupt;
pub use run::{run, run_virtual};

use crate::event_loop::{EventLoop, LoopBuilder, LoopRef, try_get_running_loop};
use asyncio_context::report::{Report, report};
use asyncio_context::{Context, copy_context};
use asyncio_task::wait_for;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::time::Duration;

/// For so long the end of a run waits for blocking calls that it made.
const CALLS_TIMEOUT: Duration = Duration::from_secs(300);

/// Runs programs one after the other on one loop, with one set of context variables. asyncio: `asyncio.Runner`.
///
/// The loop is made when it is first needed. Tasks that a run leaves behind go on in the next one, and are cancelled and
/// awaited when the runner is [closed](Runner::close) or dropped.
///
/// ```
/// use asyncio::Runner;
///
/// let mut runner = Runner::builder().virtual_time(true).build()?;
/// assert_eq!(runner.run(async { 1 }).unwrap() + runner.run(async { 2 }).unwrap(), 3);
/// runner.close();
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct Runner {
    config: LoopBuilder,
    event_loop: Option<EventLoop>,
    /// Shared by the main tasks of all runs.
    context: Context,
    closed: bool,
}

impl Runner {
    /// A runner with other properties.
    pub fn builder() -> RunnerBuilder {
        RunnerBuilder::default()
    }

    /// A runner in real time.
    pub fn new() -> Runner {
        Runner::with(LoopBuilder::default())
    }

    pub(crate) fn with(config: LoopBuilder) -> Runner {
        Runner { config, event_loop: None, context: copy_context(), closed: false }
    }

    /// Runs `main` to its end and returns its value. Ctrl-C cancels it, see [the front page](crate).
    ///
    /// # Errors
    ///
    /// If main ended cancelled; [`by_interrupt`](CancelledError::by_interrupt) tells whether it was Ctrl-C.
    ///
    /// # Panics
    ///
    /// With what main panicked with; inside a running loop (RNR-8); after [`close`](Runner::close) (RNR-11); and where the
    /// system has no descriptors left for a loop.
    #[track_caller]
    pub fn run<F: IntoFuture>(&mut self, main: F) -> Result<F::Output, CancelledError> {
        refuse_nesting("Runner.run()");
        self.run_from(Location::caller(), main)
    }

    /// [`run`](Runner::run) with the context variables `context` instead of the runner's own. What main sets is in
    /// `context` afterwards. asyncio: `Runner.run(.., context=)`.
    ///
    /// # Errors
    ///
    /// As [`run`](Runner::run).
    ///
    /// # Panics
    ///
    /// As [`run`](Runner::run).
    #[track_caller]
    pub fn run_in<F: IntoFuture>(
        &mut self,
        context: &mut Context,
        main: F,
    ) -> Result<F::Output, CancelledError> {
        refuse_nesting("Runner.run_in()");
        let at = Location::caller();
        std::mem::swap(&mut self.context, context);
        // Swapped back also when main panics.
        let outcome = catch_unwind(AssertUnwindSafe(|| self.run_from(at, main)));
        std::mem::swap(&mut self.context, context);
        outcome.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// [`run`](Runner::run), called at `at`.
    fn run_from<F: IntoFuture>(
        &mut self,
        at: &'static Location<'static>,
        main: F,
    ) -> Result<F::Output, CancelledError> {
        // Main may set variables: they are kept for the next run (RNR-4).
        let kept = Rc::new(RefCell::new(None));
        let keep = kept.clone();
        let main = async move {
            let _keep = KeepContext(keep);
            main.await
        };
        let mut context = std::mem::take(&mut self.context);
        let event_loop = self.event_loop();
        let (result, interrupted) = context.run(|| event_loop.run_main(at, main, true));
        self.context = kept.take().unwrap_or(context);
        result.map_err(|error| match error.try_into_panic() {
            Ok(payload) => resume_unwind(payload),
            Err(error) => CancelledError::new(error.message(), interrupted),
        })
    }

    /// The loop, made if there is none yet. asyncio: `get_loop`.
    ///
    /// # Panics
    ///
    /// After [`close`](Runner::close), and where the system has no descriptors left for a loop.
    #[track_caller]
    pub fn get_loop(&mut self) -> LoopRef {
        self.event_loop().loop_ref()
    }

    #[track_caller]
    fn event_loop(&mut self) -> &mut EventLoop {
        assert!(!self.closed, "the runner is closed");
        let config = &self.config;
        self.event_loop.get_or_insert_with(|| match config.clone().build() {
            Ok(event_loop) => event_loop,
            Err(error) => panic!("cannot make an event loop: {error}"),
        })
    }

    /// Cancels and awaits the tasks that are left, waits for their blocking calls, and closes the loop. A second call does
    /// nothing, nor does one on a runner that never ran, which may be used afterwards (RNR-13).
    ///
    /// # Panics
    ///
    /// Inside a running loop.
    #[track_caller]
    pub fn close(&mut self) {
        let Some(mut event_loop) = self.event_loop.take() else { return };
        self.closed = true;
        if let Err(error) = event_loop.cancel_all_tasks() {
            report(Report::new("the tasks left by main could not be awaited").error(error));
        }
        if event_loop.open_calls() > 0 {
            let finished = event_loop.loop_ref().shutdown_default_executor();
            let in_time = event_loop.run_until_complete(wait_for(finished, CALLS_TIMEOUT));
            if !matches!(in_time, Ok(Ok(()))) {
                let left = event_loop.open_calls();
                report(Report::new(format!(
                    "{left} blocking calls did not end within {CALLS_TIMEOUT:?} after main"
                )));
            }
        }
        event_loop.close();
    }
}

/// Keeps main's context variables, also when it unwinds.
struct KeepContext(Rc<RefCell<Option<Context>>>);

impl Drop for KeepContext {
    fn drop(&mut self) {
        self.0.replace(Some(copy_context()));
    }
}

#[track_caller]
fn refuse_nesting(what: &str) {
    assert!(
        try_get_running_loop().is_none(),
        "{what} cannot be called from a running event loop: await the future, or make a task of it"
    );
}

impl Default for Runner {
    fn default() -> Runner {
        Runner::new()
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // While a panic unwinds, waiting for tasks could wait for ever; the loop drops them.
        if !std::thread::panicking() {
            self.close();
        }
    }
}
