//! A loop on virtual time, small enough to be read: tasks run first in, first out; when none is
//! ready the clock jumps to the next timer.

use asyncio_context::{JoinError, Recorded, TaskRef, current_task, recorded};
use std::cell::RefCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

type Job = Pin<Box<dyn Future<Output = ()>>>;
type Ready = Arc<Mutex<VecDeque<usize>>>;

#[derive(Default)]
struct World {
    now: u64,
    timers: BinaryHeap<Reverse<(u64, usize)>>,
    wakers: Vec<Waker>,
    jobs: Vec<(Option<Job>, Arc<JobWaker>)>,
    ready: Ready,
    trace: Vec<String>,
    closed: bool,
}

struct JobWaker {
    id: usize,
    ready: Ready,
    queued: AtomicBool,
}

impl Wake for JobWaker {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            self.ready.lock().unwrap().push_back(self.id);
        }
    }
}

thread_local! {
    static WORLD: RefCell<World> = RefCell::default();
}

/// Polls after which a program is taken to run in circles.
const TOO_MANY: usize = 20_000;

/// Runs what `setup` spawns until nothing is left to do; gives the trace.
pub fn run(setup: impl FnOnce()) -> String {
    WORLD.set(World::default());
    setup();
    let mut polls = 0;
    while !WORLD.with_borrow(|world| world.closed) {
        let id = WORLD.with_borrow(|world| world.ready.lock().unwrap().pop_front());
        match id {
            Some(id) => poll(id),
            None if advance() => {}
            None => break,
        }
        polls += 1;
        assert!(polls < TOO_MANY, "runs in circles: {:?}", trace());
    }
    let closed = WORLD.with_borrow(|world| world.closed);
    let before = trace();
    // One at a time, and not while the world is borrowed: destructors speak.
    while let Some((job, _)) = WORLD.with_borrow_mut(|world| world.jobs.pop()) {
        drop(job);
    }
    if closed { trace() } else { before }
}

fn trace() -> String {
    WORLD.with_borrow(|world| world.trace.join(" · "))
}

/// Ends the run as a loop that is closed: every task is dropped.
pub fn close() {
    WORLD.with_borrow_mut(|world| world.closed = true);
}

fn poll(id: usize) {
    let taken = WORLD.with_borrow_mut(|world| {
        let (job, waker) = &mut world.jobs[id];
        waker.queued.store(false, Ordering::Release);
        job.take().map(|job| (job, waker.clone()))
    });
    let Some((mut job, waker)) = taken else { return };
    let polled = job.as_mut().poll(&mut Context::from_waker(&Waker::from(waker)));
    if polled.is_pending() {
        WORLD.with_borrow_mut(|world| world.jobs[id].0 = Some(job));
    }
}

fn advance() -> bool {
    let due = WORLD.with_borrow_mut(|world| {
        let &Reverse((at, _)) = world.timers.peek()?;
        world.now = at;
        let mut due = Vec::new();
        while let Some(&Reverse((when, index))) = world.timers.peek()
            && when == at
        {
            world.timers.pop();
            due.push(world.wakers[index].clone());
        }
        Some(due)
    });
    due.map(|due| due.into_iter().for_each(Waker::wake)).is_some()
}

pub fn now() -> u64 {
    WORLD.with_borrow(|world| world.now)
}

pub fn say_text(text: String) {
    WORLD.with_borrow_mut(|world| {
        let line = format!("{}:{text}", world.now);
        world.trace.push(line);
    });
}

macro_rules! say {
    ($($text:tt)*) => { crate::world::say_text(format!($($text)*)) };
}
pub(crate) use say;

pub fn wake_at(at: u64, waker: &Waker) {
    WORLD.with_borrow_mut(|world| {
        let index = world.wakers.len();
        world.wakers.push(waker.clone());
        world.timers.push(Reverse((at, index)));
    });
}

/// `asyncio.sleep`: zero is one bare yield.
pub struct Sleep {
    time: u64,
    until: Option<u64>,
}

pub fn sleep(time: u64) -> Sleep {
    Sleep { time, until: None }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        match self.until {
            None => {
                let until = now() + self.time;
                self.until = Some(until);
                match self.time {
                    0 => cx.waker().wake_by_ref(),
                    _ => wake_at(until, cx.waker()),
                }
                Poll::Pending
            }
            Some(until) if now() >= until => Poll::Ready(()),
            Some(until) => {
                wake_at(until, cx.waker());
                Poll::Pending
            }
        }
    }
}

/// A task of this world; a clone stands for its `TaskRef`.
pub struct Task<T> {
    pub task: TaskRef,
    end: Rc<RefCell<End<T>>>,
}

/// A name, and how a value is written.
type Watch<T> = (&'static str, fn(&T) -> String);

struct End<T> {
    result: Option<Result<T, JoinError>>,
    waiters: Vec<Waker>,
    watched: Option<Watch<T>>,
}

impl<T> Clone for Task<T> {
    fn clone(&self) -> Self {
        Task { task: self.task.clone(), end: self.end.clone() }
    }
}

impl<T> Task<T> {
    pub fn cancel(&self) -> bool {
        self.task.cancel()
    }

    pub fn is_over(&self) -> bool {
        self.task.done()
    }

    /// The end of the task, once.
    pub fn poll_end(&self, cx: &mut Context<'_>) -> Poll<Result<T, JoinError>> {
        let mut end = self.end.borrow_mut();
        match end.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                end.waiters.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

pub fn create_task<F: Future<Output: 'static> + 'static>(fut: F) -> Task<F::Output> {
    spawn(recorded("t", fut))
}

fn spawn<F: Future<Output: 'static> + 'static>(fut: Recorded<F>) -> Task<F::Output> {
    let task = fut.task();
    let end = Rc::new(RefCell::new(End { result: None, waiters: Vec::new(), watched: None }));
    let end2 = end.clone();
    let job = Box::pin(async move {
        let result = fut.await;
        let waiters = {
            let mut end = end2.borrow_mut();
            if let Some((name, show)) = end.watched {
                say!("{name}={}", outcome(&result, show));
            }
            end.result = Some(result);
            std::mem::take(&mut end.waiters)
        };
        waiters.into_iter().for_each(Waker::wake);
    });
    let waker = WORLD.with_borrow_mut(|world| {
        let id = world.jobs.len();
        let ready = world.ready.clone();
        let waker = Arc::new(JobWaker { id, ready, queued: AtomicBool::new(false) });
        world.jobs.push((Some(job), waker.clone()));
        waker
    });
    waker.wake();
    Task { task, end }
}

fn outcome<T>(result: &Result<T, JoinError>, show: fn(&T) -> String) -> String {
    match result {
        Ok(value) => show(value),
        Err(e) if e.is_cancelled() => match e.message() {
            Some(message) => format!("Cancelled({message})"),
            None => "Cancelled".into(),
        },
        Err(e) => format!("Panic({})", e.to_string().rsplit(": ").next().unwrap()),
    }
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

impl<T: Show> Show for Result<T, &'static str> {
    fn show(&self) -> String {
        match self {
            Ok(value) => value.show(),
            Err(e) => (*e).into(),
        }
    }
}

/// Says `name=outcome` when the task is over.
pub fn fin<T: Show>(name: &'static str, task: &Task<T>) {
    task.end.borrow_mut().watched = Some((name, T::show));
}

/// Starts `fut` as task t.
pub fn plain<F: Future<Output: Show + 'static> + 'static>(fut: F) -> Task<F::Output> {
    let task = create_task(fut);
    fin("t", &task);
    task
}

/// Starts `fut` as task t, and asks it to stop at these times.
pub fn cancelled_at<F: Future<Output: Show + 'static> + 'static>(times: &[u64], fut: F) {
    let task = plain(fut);
    for &at in times {
        let task = task.clone();
        create_task(async move {
            sleep(at - now()).await;
            task.cancel();
        });
    }
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

/// `asyncio.Event`.
#[derive(Clone, Default)]
pub struct Event(Rc<RefCell<(bool, Vec<Waker>)>>);

impl Event {
    pub fn set(&self) {
        self.0.borrow_mut().0 = true;
        let waiters = std::mem::take(&mut self.0.borrow_mut().1);
        waiters.into_iter().for_each(Waker::wake);
    }

    pub async fn wait(&self) {
        std::future::poll_fn(|cx| {
            let mut state = self.0.borrow_mut();
            if state.0 {
                return Poll::Ready(());
            }
            state.1.push(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}
