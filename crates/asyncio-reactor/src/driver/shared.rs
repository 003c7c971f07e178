//! The part of a driver that other threads may touch.

use super::inbox::{Inbox, Message};
use super::parking::Parking;
use crate::fork;
use crate::poller::{Poller, Token};
use crate::source::{Bits, Source};
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use crate::sync::{Mutex, lock};
use std::io;
use std::sync::{Arc, Weak};
use std::task::Wake;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) id: u64,
    /// The process that made the poller.
    process: u64,
    pub(crate) poller: Poller,
    pub(crate) parking: Parking,
    pub(crate) inbox: Inbox,
    sources: Mutex<Sources>,
    /// How many sources are registered: a hint for who would rather not lock.
    count: AtomicUsize,
    /// Set once, by the driver's thread when it closes. `Sources` knows it for certain.
    closed: AtomicBool,
}

#[derive(Debug)]
struct Sources {
    entries: Vec<Entry>,
    free: Vec<u32>,
    closed: bool,
}

#[derive(Debug)]
struct Entry {
    generation: u32,
    source: Option<Arc<Source>>,
}

/// All drivers, for sleeps that know theirs only by number.
static DRIVERS: std::sync::Mutex<Vec<Weak<Shared>>> = std::sync::Mutex::new(Vec::new());

impl Shared {
    pub(crate) fn new(poller: Poller) -> Arc<Shared> {
        static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
        let shared = Arc::new(Shared {
            id: NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            process: fork::process(),
            poller,
            parking: Parking::new(),
            inbox: Inbox::new(),
            sources: Mutex::new(Sources { entries: Vec::new(), free: Vec::new(), closed: false }),
            count: AtomicUsize::new(0),
            closed: AtomicBool::new(false),
        });
        let mut drivers = DRIVERS.lock().unwrap_or_else(|e| e.into_inner());
        drivers.retain(|driver| driver.strong_count() > 0);
        drivers.push(Arc::downgrade(&shared));
        drop(drivers);
        shared
    }

    pub(crate) fn find(id: u64) -> Option<Arc<Shared>> {
        let drivers = DRIVERS.lock().unwrap_or_else(|e| e.into_inner());
        drivers.iter().filter_map(Weak::upgrade).find(|driver| driver.id == id)
    }

    /// Whether the poller belongs to this process, and not to the one it was forked from.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == fork::process()
    }

    /// Wakes the driver if it sleeps.
    pub(crate) fn notify(&self) {
        if self.parking.notify() && self.is_ours() {
            // It fails only if the descriptor is not what it was, and then so does the wait.
            let _ = self.poller.notify();
        }
    }

    /// Sends a message to the timers. Handed back if the driver is gone.
    pub(crate) fn post(&self, message: Message) -> Result<(), Message> {
        if !self.is_ours() {
            return Err(message);
        }
        if self.inbox.post(message)? {
            self.notify();
        }
        Ok(())
    }

    /// Gives a source its place among those that may be reported.
    pub(crate) fn insert(&self, source: &Arc<Source>) -> io::Result<Token> {
        let mut sources = lock(&self.sources);
        if sources.closed {
            return Err(gone());
        }
        self.count.fetch_add(1, Relaxed);
        if let Some(index) = sources.free.pop() {
            let entry = &mut sources.entries[index as usize];
            entry.source = Some(source.clone());
            return Ok(Token { index, generation: entry.generation });
        }
        let index = sources.entries.len() as u32;
        sources.entries.push(Entry { generation: 0, source: Some(source.clone()) });
        Ok(Token { index, generation: 0 })
    }

    pub(crate) fn remove(&self, token: Token) {
        let mut sources = lock(&self.sources);
        let Some(entry) = sources.entries.get_mut(token.index as usize) else { return };
        if entry.generation != token.generation {
            return;
        }
        entry.generation = (entry.generation + 1) & Token::GENERATIONS;
        let source = entry.source.take();
        sources.free.push(token.index);
        self.count.fetch_sub(1, Relaxed);
        drop(sources);
        drop(source);
    }

    /// Finds the sources of reports, under one lock; the reports are delivered after it.
    pub(crate) fn look_up(
        &self,
        reports: impl FnOnce(&mut dyn FnMut(Token, Bits)),
        into: &mut Vec<(Arc<Source>, Bits)>,
    ) {
        let sources = lock(&self.sources);
        reports(&mut |token, bits| {
            let entry = sources.entries.get(token.index as usize);
            // A report for a registration that is gone names a generation that is gone.
            if let Some(entry) = entry.filter(|entry| entry.generation == token.generation) {
                into.extend(entry.source.as_ref().map(|source| (source.clone(), bits)));
            }
        });
    }

    pub(crate) fn has_sources(&self) -> bool {
        self.count.load(Relaxed) > 0
    }

    /// Whether anybody waits for a source.
    pub(crate) fn is_waited_for(&self) -> bool {
        let sources: Vec<_> =
            lock(&self.sources).entries.iter().filter_map(|e| e.source.clone()).collect();
        sources.iter().any(|source| source.is_waited_for())
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    /// Ends registrations for good; hands out who is registered.
    pub(crate) fn close(&self) -> Vec<Arc<Source>> {
        let mut sources = lock(&self.sources);
        sources.closed = true;
        self.closed.store(true, Relaxed);
        sources.free.clear();
        self.count.store(0, Relaxed);
        std::mem::take(&mut sources.entries).into_iter().filter_map(|e| e.source).collect()
    }
}

impl Wake for Shared {
    fn wake(self: Arc<Self>) {
        self.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.notify();
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the driver of this source is gone")
}
