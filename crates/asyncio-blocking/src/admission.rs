//! Who may join the queue of an executor whose queue is bounded.

use crate::job::Run;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

/// Counts the queued jobs, and keeps the jobs that wait for room in the order in which they came.
///
/// It is the *job* that waits, not a permission: when there is room, whoever made it moves the job
/// at the head of the line into the queue. So room is never given to a task that has gone away,
/// and no task has to run for the queue to fill up again.
pub(crate) struct Admission {
    capacity: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    queued: usize,
    waiting: BTreeMap<u64, Arc<dyn Run>>,
    next_ticket: u64,
}

/// Where a new job went, with its number.
pub(crate) enum Place {
    Queue(u64),
    Line(u64),
}

impl Place {
    pub(crate) fn ticket(&self) -> u64 {
        match *self {
            Place::Queue(ticket) | Place::Line(ticket) => ticket,
        }
    }
}

impl Admission {
    pub(crate) fn new(capacity: usize) -> Admission {
        Admission { capacity, line: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Takes a job, or gives it back if `open` says no. `enqueue` is called with the line locked,
    /// so that two jobs cannot change places between the line and the queue.
    pub(crate) fn enter(
        &self,
        job: Arc<dyn Run>,
        open: impl FnOnce() -> bool,
        enqueue: impl FnOnce(Arc<dyn Run>),
    ) -> Result<Place, Arc<dyn Run>> {
        let mut line = self.lock();
        if !open() {
            return Err(job);
        }
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        if line.queued < self.capacity && line.waiting.is_empty() {
            line.queued += 1;
            enqueue(job);
            return Ok(Place::Queue(ticket));
        }
        line.waiting.insert(ticket, job);
        Ok(Place::Line(ticket))
    }

    /// [`enter`](Admission::enter) that does not stand in line: `None` if there is no room.
    pub(crate) fn try_enter(&self, enqueue: impl FnOnce()) -> Option<Place> {
        let mut line = self.lock();
        if line.queued >= self.capacity || !line.waiting.is_empty() {
            return None;
        }
        let ticket = line.next_ticket;
        line.next_ticket += 1;
        line.queued += 1;
        enqueue();
        Some(Place::Queue(ticket))
    }

    /// A job has left the queue. Returns those who took the room.
    pub(crate) fn leave(&self, enqueue: impl FnMut(Arc<dyn Run>)) -> Vec<Arc<dyn Run>> {
        let mut line = self.lock();
        line.queued -= 1;
        self.advance(&mut line, enqueue)
    }

    /// A job was cancelled, in the line or in the queue.
    pub(crate) fn withdraw(
        &self,
        ticket: u64,
        enqueue: impl FnMut(Arc<dyn Run>),
    ) -> Vec<Arc<dyn Run>> {
        let mut line = self.lock();
        let in_line = line.waiting.remove(&ticket);
        let admitted = match &in_line {
            Some(_) => Vec::new(),
            None => {
                line.queued -= 1;
                self.advance(&mut line, enqueue)
            }
        };
        drop(line);
        drop(in_line);
        admitted
    }

    /// Lets all who wait in the line into the queue, whether there is room or not: the queue is
    /// about to be emptied. Returns them. Not simply taken out: then one that is cancelled at this
    /// moment would be neither in the line nor in the queue, and give back room it never had.
    pub(crate) fn admit_all(&self, mut enqueue: impl FnMut(Arc<dyn Run>)) -> Vec<Arc<dyn Run>> {
        let mut line = self.lock();
        let admitted: Vec<_> = std::mem::take(&mut line.waiting).into_values().collect();
        line.queued += admitted.len();
        admitted.iter().for_each(|job| enqueue(job.clone()));
        admitted
    }

    fn advance(&self, line: &mut Line, mut enqueue: impl FnMut(Arc<dyn Run>)) -> Vec<Arc<dyn Run>> {
        let mut admitted = Vec::new();
        while line.queued < self.capacity
            && let Some((_, job)) = line.waiting.pop_first()
        {
            line.queued += 1;
            enqueue(job.clone());
            admitted.push(job);
        }
        admitted
    }

    /// How many wait for room.
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// How many are in the queue.
    pub(crate) fn queued(&self) -> usize {
        self.lock().queued
    }
}
