//! What the reader and the writer of one connection share, and the flushing behind their backs.
//!
//! `write` never waits: what the socket does not take at once stands in a queue. Whoever writes
//! next does not have to come for it to leave: when the socket becomes writable the reactor calls
//! the waker it was given, and that waker *is* the connection, which sends on from inside `wake`.
//! That is asyncio's `add_writer` callback. It needs no task, so it works the same below a loop,
//! below a foreign executor and after the task that wrote has ended.
//!
//! One thread at a time sends (`flushing`), always the oldest bytes, and never while it holds the
//! lock; a wake that comes meanwhile only leaves a note (`again`).

use super::error::Kept;
use super::io::Io;
use super::out::Out;
use super::waiters::{Place, Woken};
use crate::server::Membership;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

pub(crate) struct Connection {
    pub(crate) io: Io,
    out: Mutex<Out>,
    /// Whether a writer must look at `out` before it sends: something is queued, or the end has
    /// begun. Written under the lock; a writer that reads `false` has `&mut` access, so nobody
    /// queues beside it.
    busy: AtomicBool,
}

impl Connection {
    pub(crate) fn new(io: Io, membership: Option<Membership>) -> Arc<Connection> {
        let out = Out::new(membership);
        Arc::new(Connection { io, out: Mutex::new(out), busy: AtomicBool::new(false) })
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Out> {
        self.out.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Releases the lock, then wakes and drops what was taken out under it.
    fn unlock(&self, out: MutexGuard<'_, Out>, woken: Woken, membership: Option<Membership>) {
        self.busy.store(out.is_busy(), Ordering::Release);
        drop(out);
        woken.wake();
        drop(membership);
    }

    /// Asks `out` a question until it has an answer, waiting in between for it to change.
    pub(crate) fn poll_out<T>(
        &self,
        cx: &Context<'_>,
        place: &mut Place,
        ask: impl Fn(&Out) -> Poll<T>,
    ) -> Poll<T> {
        // Cloned before the lock is taken; an answer that is there already costs this clone.
        let waker = cx.waker().clone();
        let mut out = self.lock();
        let answer = ask(&out);
        let old = match answer {
            Poll::Ready(_) => out.waiters.leave(place),
            Poll::Pending => out.waiters.enter(place, waker),
        };
        drop(out);
        drop(old);
        answer
    }

    /// A future that waited goes away.
    pub(crate) fn leave(&self, place: &mut Place) {
        let old = self.lock().waiters.leave(place);
        drop(old);
    }

    /// Whether a writer with `&mut` access may send past the queue.
    pub(crate) fn is_clear(&self) -> bool {
        !self.busy.load(Ordering::Acquire)
    }

    pub(crate) fn is_closing(&self) -> bool {
        if self.is_clear() {
            return false;
        }
        let out = self.lock();
        out.closing || out.ended.is_some()
    }

    /// Accepts the bytes of `pieces`: sends at once what the socket takes if nothing is queued
    /// before them, and queues the rest.
    pub(crate) fn write(self: &Arc<Self>, pieces: &[io::IoSlice<'_>]) {
        let total: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut out = self.lock();
        if total == 0 || out.closing || out.ended.is_some() {
            return;
        }
        if out.eof {
            drop(out);
            panic!("write after write_eof");
        }
        let mut sent = 0;
        let first = out.size == 0 && !out.flushing;
        if first {
            out.flushing = true;
            out.again = false;
            drop(out);
            let waker = Waker::from(Arc::clone(self));
            let result = self.io.poll_write(&mut Context::from_waker(&waker), pieces);
            out = self.lock();
            out.flushing = false;
            out.unflushed = true;
            match result {
                _ if out.ended.is_some() => return self.unlock(out, Woken::default(), None),
                Poll::Ready(Ok(0)) => return self.lose(out, &io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => sent = count,
                Poll::Ready(Err(error)) => return self.lose(out, &error),
                Poll::Pending => {}
            }
        }
        // What is left of the first write goes before anything another thread queued meanwhile.
        let rest = if first { &mut out.sending } else { &mut out.queued };
        let mut skip = sent;
        for piece in pieces {
            let from = skip.min(piece.len());
            skip -= from;
            rest.extend_from_slice(&piece[from..]);
        }
        out.size += total - sent;
        out.account();
        let go_on = (sent > 0 && out.size > 0) || out.again || self.io.is_buffered();
        self.unlock(out, Woken::default(), None);
        // After a partial send nobody has left a waker with the socket yet.
        if go_on {
            self.flush();
        }
    }

    /// Sends what is queued until the socket takes no more, then does what was asked to follow.
    pub(crate) fn flush(self: &Arc<Self>) {
        let mut out = self.lock();
        if out.flushing {
            out.again = true;
            return;
        }
        if out.ended.is_some() {
            return;
        }
        out.flushing = true;
        let waker = Waker::from(Arc::clone(self));
        let mut cx = Context::from_waker(&waker);
        loop {
            if out.ended.is_some() {
                out.flushing = false;
                return self.unlock(out, Woken::default(), None);
            }
            out.again = false;
            if out.sent == out.sending.len() {
                out.sent = 0;
                let queued = std::mem::take(&mut out.queued);
                out.sending = queued;
            }
            let (chunk, sent) = (std::mem::take(&mut out.sending), out.sent);
            let (eof, unflushed) = (out.eof && !out.eof_done, out.unflushed);
            drop(out);

            // A large queue is sent in one call per turn of this loop, from where it stands.
            let step = if sent < chunk.len() {
                self.io.poll_write(&mut cx, &[io::IoSlice::new(&chunk[sent..])])
            } else if unflushed && self.io.is_buffered() {
                self.io.poll_flush(&mut cx).map_ok(|()| 0)
            } else if eof {
                self.io.poll_close_write(&mut cx).map_ok(|()| 0)
            } else {
                Poll::Ready(Ok(0))
            };

            out = self.lock();
            if out.ended.is_some() {
                continue;
            }
            let emptied = sent == chunk.len();
            out.sending = chunk;
            match step {
                Poll::Ready(Ok(0)) if !emptied => {
                    out.flushing = false;
                    return self.lose(out, &io::ErrorKind::WriteZero.into());
                }
                Poll::Ready(Ok(count)) if !emptied => {
                    out.unflushed = true;
                    out.sent += count;
                    out.size -= count;
                    let paused = out.paused;
                    out.account();
                    if (paused && !out.paused) || out.size == 0 {
                        let woken = out.waiters.take_all();
                        drop(out);
                        woken.wake();
                        out = self.lock();
                    }
                }
                Poll::Ready(Ok(_)) if unflushed && self.io.is_buffered() => out.unflushed = false,
                Poll::Ready(Ok(_)) if eof => out.eof_done = true,
                Poll::Ready(Ok(_)) if out.size > 0 => {}
                Poll::Ready(Ok(_)) => {
                    out.flushing = false;
                    out.sending = Vec::new();
                    return self.settle(out);
                }
                Poll::Ready(Err(error)) => {
                    out.flushing = false;
                    return self.lose(out, &error);
                }
                Poll::Pending if out.again => {}
                Poll::Pending => {
                    out.flushing = false;
                    return self.unlock(out, Woken::default(), None);
                }
            }
        }
    }

    /// Everything is sent: ends the connection if that was asked.
    fn settle(&self, mut out: MutexGuard<'_, Out>) {
        let mut membership = None;
        if out.closing {
            out.ended = Some(Ok(()));
            membership = out.membership.take();
            self.io.shutdown();
        }
        let woken = out.waiters.take_all();
        self.unlock(out, woken, membership);
    }

    /// The connection broke.
    fn lose(&self, mut out: MutexGuard<'_, Out>, error: &io::Error) {
        if out.ended.is_none() {
            out.ended = Some(Err(Box::new(Kept::new(error))));
        }
        let garbage = out.discard();
        let (woken, membership) = (out.waiters.take_all(), out.membership.take());
        self.unlock(out, woken, membership);
        drop(garbage);
    }

    /// The reader or a direct write saw the connection break.
    pub(crate) fn lost_with(&self, error: &io::Error) {
        self.lose(self.lock(), error);
    }

    /// Closes the sending side after what is queued.
    pub(crate) fn write_eof(self: &Arc<Self>) {
        let mut out = self.lock();
        if out.eof || out.closing || out.ended.is_some() {
            return;
        }
        out.eof = true;
        self.unlock(out, Woken::default(), None);
        self.flush();
    }

    /// Ends the connection after what is queued.
    pub(crate) fn close(self: &Arc<Self>) {
        let mut out = self.lock();
        if out.closing || out.ended.is_some() {
            return;
        }
        out.closing = true;
        // A sink has no other way to learn of its end; a socket is shut down as a whole.
        if self.io.is_buffered() {
            out.eof = true;
        }
        self.unlock(out, Woken::default(), None);
        self.flush();
    }

    /// Ends the connection at once; what is queued is lost.
    pub(crate) fn abort(&self) {
        let mut out = self.lock();
        if out.ended.is_some() {
            return;
        }
        out.ended = Some(Ok(()));
        let garbage = out.discard();
        let (woken, membership) = (out.waiters.take_all(), out.membership.take());
        self.unlock(out, Woken::default(), None);
        self.io.abort();
        woken.wake();
        drop((membership, garbage));
    }

    /// Applies new marks; see [`StreamWriter::set_write_buffer_limits`](super::StreamWriter).
    pub(crate) fn set_limits(&self, high: usize, low: usize) {
        let mut out = self.lock();
        (out.high, out.low) = (high, low);
        out.account();
        let woken = if out.paused { Woken::default() } else { out.waiters.take_all() };
        self.unlock(out, woken, None);
    }
}

impl Wake for Connection {
    fn wake(self: Arc<Self>) {
        self.flush();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.flush();
    }
}
