//! Everywhere else: the `polling` crate.
//!
//! Edge-triggered where it can (epoll, kqueue), else each report disarms its source and whoever
//! waits next arms it again. It does not tell a half-closed stream from one with data, so here only
//! WouldBlock says that a source is drained.

use super::Token;
use crate::fork;
use crate::source::Bits;
use ::polling::{Event, PollMode};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

/// The lower half of a key is the index, or a little more where a word is small; the generation
/// gets what is left. `polling` keeps the highest key for itself, so no index uses all its bits.
const INDEX_BITS: u32 = if usize::BITS >= 64 { 32 } else { 22 };

#[derive(Debug)]
pub(crate) struct Poller {
    /// `None` only while it is dropped.
    poller: Option<::polling::Poller>,
    one_shot: bool,
    process: u64,
}

pub(crate) struct Events(::polling::Events);

impl Poller {
    pub(crate) fn new(one_shot: bool) -> io::Result<Poller> {
        let poller = ::polling::Poller::new()?;
        let one_shot = one_shot || !poller.supports_edge();
        Ok(Poller { poller: Some(poller), one_shot, process: fork::process() })
    }

    pub(crate) fn exact(&self) -> bool {
        false
    }

    pub(crate) fn one_shot(&self) -> bool {
        self.one_shot
    }

    #[allow(unsafe_code)]
    pub(crate) fn add(&self, fd: BorrowedFd<'_>, token: Token, write: bool) -> io::Result<()> {
        // Armed by the `modify` of who waits first.
        let (read, write) = if self.one_shot { (false, false) } else { (true, write) };
        // SAFETY: the caller deletes the descriptor before it is closed: `Async` does so in its
        // destructor and in `into_inner`. If a user's type closes it behind our back, the kernel
        // forgets the registration, and a late report finds a generation that is gone.
        unsafe { self.poller().add_with_mode(&fd, event(token, read, write), self.mode()) }
    }

    pub(crate) fn modify(
        &self,
        fd: BorrowedFd<'_>,
        token: Token,
        read: bool,
        write: bool,
    ) -> io::Result<()> {
        self.poller().modify_with_mode(fd, event(token, read, write), self.mode())
    }

    pub(crate) fn delete(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.poller().delete(fd)
    }

    pub(crate) fn notify(&self) -> io::Result<()> {
        self.poller().notify()
    }

    pub(crate) fn wait(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        events.0.clear();
        match self.poller().wait(&mut events.0, timeout) {
            Err(error) if error.kind() != io::ErrorKind::Interrupted => Err(error),
            _ => Ok(()),
        }
    }

    fn poller(&self) -> &::polling::Poller {
        self.poller.as_ref().expect("not dropped yet")
    }

    fn mode(&self) -> PollMode {
        if self.one_shot { PollMode::Oneshot } else { PollMode::Edge }
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        // Its destructor takes its own descriptors out of the system's table. In a forked child
        // that table is the parent's, so the poller is left lying.
        if self.process != fork::process() {
            std::mem::forget(self.poller.take());
        }
    }
}

impl Events {
    pub(crate) fn new() -> Events {
        Events(::polling::Events::new())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn drain(&mut self, mut f: impl FnMut(Token, Bits)) {
        for event in self.0.iter() {
            let bits = Bits::READABLE.when(event.readable).or(Bits::WRITABLE.when(event.writable));
            f(token(event.key), bits);
        }
        self.0.clear();
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Events").field("len", &self.0.len()).finish()
    }
}

impl AsFd for Poller {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.poller().as_fd()
    }
}

fn event(token: Token, read: bool, write: bool) -> Event {
    let key = (token.generation as usize) << INDEX_BITS | token.index as usize;
    Event::new(key, read, write).with_interrupt().with_priority()
}

fn token(key: usize) -> Token {
    let index = key & ((1 << INDEX_BITS) - 1);
    Token { index: index as u32, generation: (key >> INDEX_BITS) as u32 }
}
