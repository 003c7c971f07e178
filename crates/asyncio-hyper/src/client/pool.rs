//! Connections that wait for their next request.

use asyncio_executor::spawn_hidden;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

pub(super) type Sender = SendRequest<Full<Bytes>>;

/// Host and port.
pub(super) type Origin = (String, u16);

pub(super) struct Pool {
    idle: RefCell<HashMap<Origin, Vec<Sender>>>,
    max_idle: usize,
}

impl Pool {
    pub(super) fn new(max_idle: usize) -> Rc<Pool> {
        Rc::new(Pool { idle: RefCell::default(), max_idle })
    }

    /// The connection that was used last and still lives.
    pub(super) fn take(&self, origin: &Origin) -> Option<Sender> {
        loop {
            let sender = {
                let mut idle = self.idle.borrow_mut();
                let senders = idle.get_mut(origin)?;
                let sender = senders.pop();
                if senders.is_empty() {
                    idle.remove(origin);
                }
                sender?
            };
            if sender.is_ready() {
                return Some(sender);
            }
        }
    }

    fn put(&self, origin: Origin, sender: Sender) {
        if sender.is_closed() || self.max_idle == 0 {
            return;
        }
        let mut idle = self.idle.borrow_mut();
        let senders = idle.entry(origin).or_default();
        // The oldest has the least chance to be still alive.
        let oldest = (senders.len() >= self.max_idle).then(|| senders.remove(0));
        senders.push(sender);
        drop(idle);
        drop(oldest);
    }
}

/// A connection on loan for one response. It goes back when the response has been read; dropped
/// before, it ends the connection, which is cheaper than reading a rest that nobody wants.
pub(super) struct Lease {
    pub(super) sender: Sender,
    pub(super) origin: Origin,
    pub(super) pool: Weak<Pool>,
}

impl Lease {
    /// Waits until the connection can take the next request, and puts it back.
    pub(super) fn poll_return(lease: &mut Option<Lease>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(on_loan) = lease else { return Poll::Ready(()) };
        std::task::ready!(on_loan.sender.poll_ready(cx)).ok();
        let Lease { sender, origin, pool } = lease.take().expect("looked at above");
        if let Some(pool) = pool.upgrade() {
            pool.put(origin, sender);
        }
        Poll::Ready(())
    }

    /// The same, in the background.
    pub(super) fn give_back(self) {
        let mut lease = Some(self);
        spawn_hidden(async move { poll_fn(|cx| Lease::poll_return(&mut lease, cx)).await });
    }
}
