//! The pool: a queue, and threads in three roles.
//!
//! A worker is *busy* with a function, it is the *front*, or it is in *reserve*. There is one
//! front at most. It alone sleeps at the queue, so putting a job in wakes nobody else; reserves
//! sleep at a bell of their own. The front that takes a job leaves the front, and if the queue is
//! not empty then, it first sees to it that there is another one: a reserve, else a new thread.
//! A worker that has finished takes the next job from the queue as long as there is one.
//!
//! A new front does not reach into the queue at once while others are busy and the queue moves
//! (`worker.rs`): thousands of tiny functions are done faster by one thread than by six that fight
//! for them, and the submitting thread then wakes nobody. A queue that stands still is a reason to
//! grow, one that merely has something in it is not.
//!
//! Nothing is left lying. Who puts a job in looks for a front afterwards; who leaves the front, or
//! the pool, looks into the queue afterwards; between the write and the look of both stands a
//! sequentially consistent fence, so one of the two sees the other. Without a front all workers
//! the pool may have are busy, and each looks into the queue before it does anything else.

use crate::admission::{Admission, Place};
use crate::builder::Builder;
use crate::error::Refusal;
use crate::job::Run;
use crate::worker;
use asyncio_context::clock;
use crossbeam_channel::{Receiver, Sender, unbounded};
use event_listener::Event;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Instant;

pub(crate) struct Pool {
    pub(crate) config: Builder,
    // `None` in the queue is for the front: look around, something changed.
    sender: Sender<Option<Arc<dyn Run>>>,
    pub(crate) queue: Receiver<Option<Arc<dyn Run>>>,
    admission: Option<Admission>,
    /// Whether there is a front. Written under the roster's lock, but for the front that leaves.
    pub(crate) front: AtomicBool,
    pub(crate) closed: AtomicBool,
    broken: AtomicBool,
    /// Jobs taken out of the queue since the beginning, wrapping.
    pub(crate) taken: AtomicUsize,
    roster: Mutex<Roster>,
    bell: Condvar,
    /// The last worker of a closed pool is gone.
    pub(crate) gone: Event,
    /// It is or was the default executor, of the process or of a loop.
    pub(crate) may_be_default: AtomicBool,
}

/// There is no room in the queue.
pub(crate) struct Full;

#[derive(Default)]
struct Roster {
    workers: usize,
    reserve: usize,
    /// A reserve has been made the front and does not know yet.
    called: bool,
    next_number: usize,
    appointed: Option<Appointment>,
}

/// What the queue looked like when the front was appointed.
#[derive(Clone, Copy)]
pub(crate) struct Appointment {
    pub(crate) at: Instant,
    pub(crate) taken: usize,
}

impl Pool {
    pub(crate) fn new(config: Builder) -> Pool {
        let (sender, queue) = unbounded();
        Pool {
            admission: config.queue_capacity.map(Admission::new),
            config,
            sender,
            queue,
            front: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            taken: AtomicUsize::new(0),
            roster: Mutex::default(),
            bell: Condvar::new(),
            gone: Event::new(),
            may_be_default: AtomicBool::new(false),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Roster> {
        self.roster.lock().unwrap_or_else(|e| e.into_inner())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::SeqCst)
    }

    /// Why a closed pool takes no job.
    pub(crate) fn refusal(&self) -> Refusal {
        if self.broken.load(Ordering::SeqCst) { Refusal::Broken } else { Refusal::ShutDown }
    }

    pub(crate) fn enqueue(&self, job: Option<Arc<dyn Run>>) {
        // The pool holds a receiver, so this cannot fail.
        let _ = self.sender.send(job);
    }

    /// Makes the front look around.
    pub(crate) fn wake_front(&self) {
        self.enqueue(None);
    }

    /// Takes a job: into the queue, or into the line where the queue is bounded and full. A pool
    /// that is closed refuses it.
    pub(crate) fn submit(self: &Arc<Self>, job: Arc<dyn Run>) -> Option<Place> {
        let place = match &self.admission {
            Some(admission) => {
                let open = || !self.is_closed();
                match admission.enter(job, open, |job| self.enqueue(Some(job))) {
                    Ok(place) => Some(place),
                    Err(job) => {
                        job.refuse(self.refusal());
                        return None;
                    }
                }
            }
            None if self.is_closed() => {
                job.refuse(self.refusal());
                return None;
            }
            None => {
                self.enqueue(Some(job));
                None
            }
        };
        if !matches!(place, Some(Place::Line(_))) {
            self.attend();
        }
        place
    }

    /// [`submit`](Pool::submit) that does not stand in line.
    pub(crate) fn try_submit(self: &Arc<Self>, job: Arc<dyn Run>) -> Result<Option<Place>, Full> {
        let put = || self.enqueue(Some(job));
        let place = match &self.admission {
            Some(admission) => Some(admission.try_enter(put).ok_or(Full)?),
            None => {
                put();
                None
            }
        };
        self.attend();
        Ok(place)
    }

    /// Something was put into the queue: makes sure that somebody will look.
    pub(crate) fn attend(self: &Arc<Self>) {
        // Pairs with the fences in `leave_front` and `retire`.
        fence(Ordering::SeqCst);
        if self.is_closed() && self.lock().workers == 0 {
            // It came too late for the last worker.
            self.refuse_queued(self.refusal());
        } else if !self.front.load(Ordering::SeqCst) && !self.queue.is_empty() {
            self.appoint();
        }
    }

    /// Makes a reserve or a new thread the front, if there is none and the pool may grow.
    fn appoint(self: &Arc<Self>) {
        let mut roster = self.lock();
        if self.front.load(Ordering::SeqCst) {
            return;
        }
        let grow = roster.reserve == 0;
        if grow && roster.workers == self.config.max_workers {
            return;
        }
        self.front.store(true, Ordering::SeqCst);
        let taken = self.taken.load(Ordering::Relaxed);
        // The submitter's clock may be a virtual one, which the front could not compare with its own.
        roster.appointed = Some(Appointment { at: clock::real_now(), taken });
        if !grow {
            roster.reserve -= 1;
            roster.called = true;
            drop(roster);
            self.bell.notify_one();
            return;
        }
        roster.workers += 1;
        let number = roster.next_number;
        roster.next_number += 1;
        drop(roster);
        let pool = self.clone();
        let main = Box::new(move || worker::main(&pool));
        if let Err(error) = self.config.spawn(number, main) {
            self.spawn_failed(&error);
        }
    }

    /// The thread that was to be the front could not be started.
    fn spawn_failed(self: &Arc<Self>, error: &io::Error) {
        let mut roster = self.lock();
        roster.workers -= 1;
        roster.next_number -= 1;
        self.front.store(false, Ordering::SeqCst);
        let (alone, call) = (roster.workers == 0, roster.reserve > 0);
        drop(roster);
        fence(Ordering::SeqCst);
        if alone {
            self.refuse_queued(Refusal::no_thread(error));
            self.announce_if_gone();
        } else if call && !self.queue.is_empty() {
            // Somebody finished meanwhile, and went to sleep because there seemed to be a front.
            self.appoint();
        }
    }

    /// The front has taken a job and goes to work.
    pub(crate) fn leave_front(self: &Arc<Self>) {
        self.front.store(false, Ordering::SeqCst);
        // Pairs with the fence in `attend`.
        fence(Ordering::SeqCst);
        if !self.queue.is_empty() {
            self.appoint();
        }
    }

    /// A worker that is not the front has taken a job.
    pub(crate) fn look_behind(self: &Arc<Self>) {
        if !self.front.load(Ordering::SeqCst) && !self.queue.is_empty() {
            self.appoint();
        }
    }

    /// How the front found the queue when it was appointed, and how many workers are busy.
    pub(crate) fn watch_data(&self) -> (Option<Appointment>, usize) {
        let roster = self.lock();
        (roster.appointed, roster.workers - roster.reserve - 1)
    }

    /// A worker has found nothing to do. Returns when it is the front; false: it is gone.
    pub(crate) fn step_back(&self) -> bool {
        let mut roster = self.lock();
        if !self.front.load(Ordering::SeqCst) {
            self.front.store(true, Ordering::SeqCst);
            roster.appointed = None;
            return true;
        }
        roster.reserve += 1;
        let mut timed_out = false;
        loop {
            if roster.called {
                roster.called = false;
                return true;
            }
            if timed_out || self.is_closed() {
                roster.reserve -= 1;
                roster.workers -= 1;
                drop(roster);
                self.announce_if_gone();
                return false;
            }
            let waited = self.bell.wait_timeout(roster, self.config.keep_alive);
            let (guard, result) = waited.unwrap_or_else(|e| e.into_inner());
            roster = guard;
            timed_out = result.timed_out();
        }
    }

    /// The front wants to end. False if there is something to do after all.
    pub(crate) fn retire(&self) -> bool {
        let mut roster = self.lock();
        self.front.store(false, Ordering::SeqCst);
        roster.workers -= 1;
        drop(roster);
        // Pairs with the fence in `attend`.
        fence(Ordering::SeqCst);
        if !self.queue.is_empty() {
            let mut roster = self.lock();
            if !self.front.load(Ordering::SeqCst) && roster.workers < self.config.max_workers {
                self.front.store(true, Ordering::SeqCst);
                roster.workers += 1;
                roster.appointed = None;
                return false;
            }
        }
        self.announce_if_gone();
        true
    }

    fn announce_if_gone(&self) {
        if self.is_gone() {
            self.gone.notify(usize::MAX);
        }
    }

    /// Whether the pool is closed and has no thread.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_closed() && self.lock().workers == 0
    }

    pub(crate) fn workers(&self) -> usize {
        self.lock().workers
    }

    pub(crate) fn idle(&self) -> usize {
        let roster = self.lock();
        roster.reserve + usize::from(self.front.load(Ordering::SeqCst))
    }

    /// A job has begun, so there is room for another.
    pub(crate) fn begun(self: &Arc<Self>) {
        if let Some(admission) = &self.admission {
            let admitted = admission.leave(|job| self.enqueue(Some(job)));
            self.welcome(&admitted);
        }
    }

    /// A job was cancelled by its future before it began.
    pub(crate) fn withdraw(self: &Arc<Self>, ticket: u64) {
        if let Some(admission) = &self.admission {
            let admitted = admission.withdraw(ticket, |job| self.enqueue(Some(job)));
            self.welcome(&admitted);
        }
    }

    fn welcome(self: &Arc<Self>, admitted: &[Arc<dyn Run>]) {
        for job in admitted {
            job.admit();
        }
        if !admitted.is_empty() {
            self.attend();
        }
    }

    /// No job is taken from now on. Those that are queued are run, or refused with `drop_queued`.
    pub(crate) fn close(self: &Arc<Self>, drop_queued: Option<Refusal>) {
        if drop_queued == Some(Refusal::Broken) {
            self.broken.store(true, Ordering::SeqCst);
        }
        self.closed.store(true, Ordering::SeqCst);
        if let Some(why) = drop_queued {
            self.refuse_queued(why);
        }
        // The front sleeps at the queue, the reserves at the bell. The lock makes sure that none
        // of these is between its look at `closed` and its sleep.
        self.wake_front();
        drop(self.lock());
        self.bell.notify_all();
        if self.is_gone() {
            // Nobody is left to take the `None` out.
            self.refuse_queued(self.refusal());
            self.gone.notify(usize::MAX);
        }
    }

    fn refuse_queued(self: &Arc<Self>, why: Refusal) {
        let admitted = match &self.admission {
            Some(admission) => admission.admit_all(|job| self.enqueue(Some(job))),
            None => Vec::new(),
        };
        while let Ok(job) = self.queue.try_recv() {
            if job.is_some_and(|job| job.refuse(why)) {
                self.begun();
            }
        }
        // A worker may have been faster with some of them.
        for job in admitted {
            job.admit();
        }
    }

    /// Jobs in the queue, jobs in line for it.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        match &self.admission {
            Some(admission) => (admission.queued(), admission.waiting()),
            None => (self.queue.len(), 0),
        }
    }
}
