//! A loop on virtual time, and what the scenarios are written with: a trace of `time:text`, in
//! seconds from the start.

use asyncio_context::clock::VirtualClock;
use asyncio_context::{JoinError, TaskRef, clock, current_task, panic_text, with_cleanup};
use asyncio_executor::{LocalExecutor, Park, Task, create_task};
use asyncio_reactor::Driver;
use asyncio_task::{ExceptionGroup, TimeoutError};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

thread_local! {
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static START: Cell<Option<Instant>> = const { Cell::new(None) };
    static CLOSED: Cell<bool> = const { Cell::new(false) };
}

/// Turns after which a program is taken to run in circles.
const TOO_MANY: usize = 50_000;

/// The reactor below a loop, as the facade joins them.
pub struct Parked(pub Driver);

impl Park for Parked {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.0.turn(timeout)
    }

    fn unparker(&self) -> Waker {
        self.0.notifier()
    }

    fn has_outside(&self) -> bool {
        !self.0.is_idle()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.0.next_deadline()
    }
}

/// Runs what `setup` spawns until nothing is left to do; gives the trace.
pub fn run(setup: impl FnOnce()) -> String {
    TRACE.take();
    CLOSED.set(false);
    let driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    START.set(Some(clock::now()));
    let mut park = Parked(driver);
    let executor = LocalExecutor::new();
    {
        let _current = executor.enter();
        setup();
    }
    let mut more = true;
    for turns in 0.. {
        assert!(turns < TOO_MANY, "runs in circles: {}", trace());
        let idle = !more && park.0.next_deadline().is_none();
        if idle || CLOSED.get() {
            break;
        }
        more = executor.turn(&mut park, None).unwrap().more;
    }
    let before = trace();
    executor.close();
    drop(executor);
    if CLOSED.get() { trace() } else { before }
}

/// Runs `fut` as the main task of a loop on virtual time.
pub fn run_virtual<F: Future>(fut: F) -> F::Output {
    let driver = Driver::virtual_time(VirtualClock::new()).unwrap();
    let _entered = driver.enter();
    START.set(Some(clock::now()));
    match LocalExecutor::new().run_until(fut, &mut Parked(driver)) {
        Ok(output) => output,
        Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
        Err(error) => panic!("{error}"),
    }
}

fn trace() -> String {
    TRACE.with_borrow(|lines| lines.join(" · "))
}

/// Ends the run as a loop that is closed: every task is dropped.
pub fn close() {
    CLOSED.set(true);
}

/// Seconds since the start.
pub fn now() -> u64 {
    (clock::now() - START.get().unwrap()).as_secs()
}

pub fn at(seconds: u64) -> Instant {
    START.get().unwrap() + secs(seconds)
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn say_text(text: String) {
    let line = format!("{}:{text}", now());
    TRACE.with_borrow_mut(|lines| lines.push(line));
}

macro_rules! say {
    ($($text:tt)*) => { crate::world::say_text(format!($($text)*)) };
}
pub(crate) use say;

#[track_caller]
pub fn sleep(seconds: u64) -> asyncio_task::Sleep {
    asyncio_task::sleep(secs(seconds))
}

/// Never ends.
pub fn pending() -> std::future::Pending<()> {
    std::future::pending()
}

/// Never ends, in the type that is wanted.
pub fn never<T>() -> std::future::Pending<T> {
    std::future::pending()
}

/// `fut`, with a clean-up that says `n+`, sleeps and says `n-`.
pub fn job<F>(name: &'static str, delay: u64, fut: F) -> Boxed<F::Output>
where
    F: Future + 'static,
{
    Box::pin(with_cleanup(fut, async move || {
        say!("{name}+");
        sleep(delay).await;
        say!("{name}-");
    }))
}

pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// A task that says `name=outcome` at its end, whoever reads its result.
pub fn watched<F>(name: &'static str, fut: F) -> Task<F::Output>
where
    F: Future<Output: Show + 'static> + 'static,
{
    create_task(Watched { name, fut: Box::pin(fut), over: false })
}

struct Watched<F> {
    name: &'static str,
    fut: Pin<Box<F>>,
    over: bool,
}

impl<F: Future<Output: Show>> Future for Watched<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let polled = catch_unwind(AssertUnwindSafe(|| self.fut.as_mut().poll(cx)));
        self.over = !matches!(polled, Ok(Poll::Pending));
        match polled {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(value)) => {
                say!("{}={}", self.name, value.show());
                Poll::Ready(value)
            }
            Err(payload) => {
                say!("{}={}", self.name, show_panic(&*payload));
                resume_unwind(payload)
            }
        }
    }
}

impl<F> Drop for Watched<F> {
    fn drop(&mut self) {
        if !self.over {
            say!("{}=Cancelled", self.name);
        }
    }
}

/// Starts `fut` as task t, which says its outcome.
pub fn plain<F: Future<Output: Show + 'static> + 'static>(fut: F) -> TaskRef {
    let task = create_task(fut);
    let of = task.task_ref();
    let handle = Rc::new(RefCell::new(None));
    let kept = handle.clone();
    task.add_done_callback(move |_| {
        let ended: Option<Result<F::Output, JoinError>> =
            kept.take().and_then(|mut task: Task<F::Output>| task.result());
        say!("t={}", ended.unwrap().show());
    });
    handle.replace(Some(task));
    of
}

/// Starts `fut` as task t, and asks it to stop at these times.
pub fn cancelled_at<F>(times: &[u64], fut: F)
where
    F: Future<Output: Show + 'static> + 'static,
{
    let task = plain(fut);
    for &at in times {
        let task = task.clone();
        drop(create_task(async move {
            sleep(at - now()).await;
            task.cancel();
        }));
    }
}

/// Starts `fut` as a task of which only what it says is of interest.
pub fn other(fut: impl Future<Output = ()> + 'static) {
    drop(create_task(fut));
}

/// How many requests the current task counts.
pub fn n() -> usize {
    current_task().cancelling()
}

pub struct OnDrop(pub &'static str);

impl Drop for OnDrop {
    fn drop(&mut self) {
        say!("{}", self.0);
    }
}

fn show_panic(payload: &(dyn Any + Send)) -> String {
    format!("Panic({})", panic_text(payload).unwrap())
}

/// How a value is written in a trace.
pub trait Show {
    fn show(&self) -> String;
}

impl Show for () {
    fn show(&self) -> String {
        "ok".into()
    }
}

impl Show for i32 {
    fn show(&self) -> String {
        format!("ok {self}")
    }
}

impl Show for &str {
    fn show(&self) -> String {
        format!("ok {self}")
    }
}

impl<T: Show, E: ShowError> Show for Result<T, E> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(error) => error.show_error(),
        }
    }
}

/// How an error is written in a trace.
pub trait ShowError {
    fn show_error(&self) -> String;
}

impl ShowError for &str {
    fn show_error(&self) -> String {
        (*self).into()
    }
}

impl ShowError for TimeoutError {
    fn show_error(&self) -> String {
        "TimeoutError".into()
    }
}

impl ShowError for JoinError {
    fn show_error(&self) -> String {
        match (self.is_cancelled(), self.message()) {
            (true, Some(message)) => format!("Cancelled({message})"),
            (true, None) => "Cancelled".into(),
            (false, _) => format!("Panic({})", self.to_string().rsplit(": ").next().unwrap()),
        }
    }
}

impl ShowError for ExceptionGroup {
    fn show_error(&self) -> String {
        let members = self.iter().map(|exception| match exception.as_group() {
            Some(group) => group.show_error(),
            None if exception.is_panic() => {
                format!("panic {}", exception.error().to_string().rsplit(": ").next().unwrap())
            }
            None => exception.error().to_string(),
        });
        format!("Group({})", members.collect::<Vec<_>>().join(","))
    }
}

/// An event that several tasks hold.
pub fn event() -> Rc<asyncio_sync::Event> {
    Rc::new(asyncio_sync::Event::new())
}

/// A timeout in seconds.
pub fn timeout<F, Fut>(seconds: u64, body: F) -> asyncio_task::Timeout<Fut>
where
    F: FnOnce(asyncio_task::Deadline) -> Fut,
    Fut: Future,
{
    asyncio_task::timeout(secs(seconds), body)
}
