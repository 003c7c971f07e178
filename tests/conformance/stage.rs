//! What the behaviours are written with: a run in virtual time that gives a trace of `second:text`.

use asyncio::{
    BoxError, ChildError, ExceptionGroup, JoinError, Task, TaskRef, TimeoutError, create_task,
    current_task, now, run_virtual, with_cleanup,
};
use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::time::{Duration, Instant};

thread_local! {
    static TRACE: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

pub type Boxed<T> = Pin<Box<dyn Future<Output = T>>>;

/// Runs `main` and gives what was said.
pub fn played(main: impl Future<Output = ()>) -> String {
    TRACE.take();
    timed(main);
    TRACE.with_borrow(|lines| lines.join(" · "))
}

/// Runs `main` with its own second zero.
pub fn timed<F: Future>(main: F) -> F::Output {
    run_virtual(async {
        BEGAN.set(Some(now()));
        main.await
    })
}

/// Seconds since the run began.
pub fn second() -> u64 {
    (now() - BEGAN.get().unwrap()).as_secs()
}

/// The point in time that many seconds after the run began.
pub fn at(seconds: u64) -> Instant {
    BEGAN.get().unwrap() + secs(seconds)
}

pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[track_caller]
pub fn sleep(seconds: u64) -> asyncio::Sleep {
    asyncio::sleep(secs(seconds))
}

pub async fn turns(count: usize) {
    for _ in 0..count {
        asyncio::yield_now().await;
    }
}

pub async fn after<T>(seconds: u64, value: T) -> T {
    sleep(seconds).await;
    value
}

/// Never ends.
pub fn pending() -> std::future::Pending<()> {
    std::future::pending()
}

/// Never ends, in the type that is wanted.
pub fn never<T>() -> std::future::Pending<T> {
    std::future::pending()
}

/// Panics, in the type that is wanted.
pub async fn panics<T>(text: &str) -> T {
    match text {
        "" => std::future::pending().await,
        _ => panic!("{text}"),
    }
}

pub fn say_text(text: String) {
    let line = format!("{}:{text}", second());
    TRACE.with_borrow_mut(|lines| lines.push(line));
}

macro_rules! say {
    ($($text:tt)*) => { crate::stage::say_text(format!($($text)*)) };
}
pub(crate) use say;

/// `fut`, with a clean-up that says `name+`, takes `delay` seconds, and says `name-`.
pub async fn job<F: Future>(name: &str, delay: u64, fut: F) -> F::Output {
    with_cleanup(fut, async || {
        say!("{name}+");
        sleep(delay).await;
        say!("{name}-");
    })
    .await
}

/// Waits for ever; swallows the request that ends it, and takes that long to return `value`.
pub async fn stubborn<T>(seconds: u64, value: T) -> T {
    if let Err(token) = asyncio::catch_cancel(pending()).await {
        token.swallow();
    }
    after(seconds, value).await
}

/// Runs `fut` as a task, asks it to stop at these seconds, waits for it, and says `t=` how it ended.
pub async fn cancelled_at<F>(times: &[u64], fut: F)
where
    F: Future<Output: Show + 'static> + 'static,
{
    let mut task = create_task(fut);
    for &time in times {
        ask_at(time, task.task_ref());
    }
    let ended = (&mut task).await;
    say!("t={}", ended.show());
}

/// Asks `task` to stop at that second.
pub fn ask_at(time: u64, task: TaskRef) {
    drop(create_task(async move {
        asyncio::sleep_until(at(time)).await;
        task.cancel();
    }));
}

/// A task that says `name=` how it ended.
pub fn watched<F>(name: &'static str, fut: F) -> Task<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    create_task(async move {
        let mut end = End { name, how: "Cancelled" };
        let value = fut.await;
        end.how = "over";
        value
    })
}

struct End {
    name: &'static str,
    how: &'static str,
}

impl Drop for End {
    fn drop(&mut self) {
        say!("{}={}", self.name, self.how);
    }
}

/// How many requests the current task counts.
pub fn count() -> usize {
    current_task().cancelling()
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
        (*self).into()
    }
}

impl<T: Show, E: Show> Show for Result<T, E> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(error) => error.show(),
        }
    }
}

impl Show for TimeoutError {
    fn show(&self) -> String {
        "TimeoutError".into()
    }
}

impl Show for BoxError {
    fn show(&self) -> String {
        self.to_string()
    }
}

impl Show for ChildError {
    fn show(&self) -> String {
        if self.is_cancelled() { "Cancelled".into() } else { self.to_string() }
    }
}

impl Show for JoinError {
    fn show(&self) -> String {
        match (self.is_cancelled(), self.message()) {
            (true, Some(message)) => format!("Cancelled({message})"),
            (true, None) => "Cancelled".into(),
            (false, _) => format!("Panic({})", last(self.to_string())),
        }
    }
}

impl Show for ExceptionGroup {
    fn show(&self) -> String {
        let members = self.iter().map(|exception| match exception.as_group() {
            Some(group) => group.show(),
            None if exception.is_panic() => {
                format!("panic {}", last(exception.error().to_string()))
            }
            None => exception.error().to_string(),
        });
        format!("Group({})", members.collect::<Vec<_>>().join(","))
    }
}

fn last(text: String) -> String {
    text.rsplit(": ").next().unwrap_or_default().to_owned()
}
