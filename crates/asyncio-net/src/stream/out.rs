//! The sending side of a connection, as its lock guards it: the queue, the marks, the end.

use super::error::Kept;
use super::waiters::Waiters;
use crate::server::Membership;
use std::io;

/// The high mark unless it is set; the low one is a quarter of it.
const HIGH: usize = 64 * 1024;

/// See the module.
pub(crate) struct Out {
    /// Accepted after the flusher last took the queue.
    pub(super) queued: Vec<u8>,
    /// What the flusher works on, and how much of it is gone.
    pub(super) sending: Vec<u8>,
    pub(super) sent: usize,
    /// Bytes accepted and not yet handed to the kernel.
    pub(super) size: usize,
    pub(super) high: usize,
    pub(super) low: usize,
    pub(super) paused: bool,
    pub(super) flushing: bool,
    pub(super) again: bool,
    /// Bytes were given to a sink that may hold them back until it is flushed.
    pub(super) unflushed: bool,
    pub(super) eof: bool,
    pub(super) eof_done: bool,
    pub(super) closing: bool,
    /// How it ended: closed, or lost with an error.
    pub(super) ended: Option<Result<(), Box<Kept>>>,
    pub(super) waiters: Waiters,
    pub(super) membership: Option<Membership>,
}

impl Out {
    pub(super) fn new(membership: Option<Membership>) -> Out {
        Out {
            queued: Vec::new(),
            sending: Vec::new(),
            sent: 0,
            size: 0,
            high: HIGH,
            low: HIGH / 4,
            paused: false,
            flushing: false,
            again: false,
            unflushed: false,
            eof: false,
            eof_done: false,
            closing: false,
            ended: None,
            waiters: Waiters::default(),
            membership,
        }
    }

    /// Follows a change of `size`.
    pub(super) fn account(&mut self) {
        if self.size > self.high {
            self.paused = true;
        } else if self.size <= self.low {
            self.paused = false;
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.flushing || self.size > 0 || self.eof || self.closing || self.ended.is_some()
    }

    pub(super) fn discard(&mut self) -> [Vec<u8>; 2] {
        self.size = 0;
        self.sent = 0;
        self.paused = false;
        [std::mem::take(&mut self.queued), std::mem::take(&mut self.sending)]
    }

    /// Why nothing more can be written.
    pub(super) fn refusal(&self) -> Option<io::Error> {
        match &self.ended {
            Some(Err(kept)) => Some(kept.get()),
            Some(Ok(())) => Some(lost()),
            None if self.closing => {
                Some(io::Error::new(io::ErrorKind::BrokenPipe, "the stream is closing"))
            }
            None if self.eof => {
                Some(io::Error::new(io::ErrorKind::BrokenPipe, "write after write_eof"))
            }
            None => None,
        }
    }
}

/// What `drain` gives on a connection that is over.
pub(super) fn lost() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionReset, "connection lost")
}
