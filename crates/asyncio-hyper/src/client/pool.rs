//! Connections that wait for their next request.

use asyncio_executor::{can_create_task, spawn_hidden};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1::SendRequest;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::poll_fn;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};

pub(super) type Sender = SendRequest<Full<Bytes>>;

/// Host and port.
pub(super) type Origin = (String, u16);

/// How many hosts are remembered before those are forgotten whose connections have all ended.
const FEW_HOSTS: usize = 64;

pub(super) struct Pool {
    idle: RefCell<HashMap<Origin, Vec<Sender>>>,
    max_idle: usize,
    /// With so many hosts the next look for ended connections is due.
    sweep_at: Cell<usize>,
}

impl Pool {
    pub(super) fn new(max_idle: usize) -> Rc<Pool> {
        Rc::new(Pool { idle: RefCell::default(), max_idle, sweep_at: Cell::new(FEW_HOSTS) })
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
        let ended = if idle.len() > self.sweep_at.get() { self.sweep(&mut idle) } else { vec![] };
        drop(idle);
        drop((oldest, ended));
    }

    /// Takes out what the other side has closed: a connection to a host that is never asked again
    /// would be kept for ever. Each time for twice as many hosts, so it costs nothing to speak of.
    fn sweep(&self, idle: &mut HashMap<Origin, Vec<Sender>>) -> Vec<Sender> {
        let mut ended = Vec::new();
        idle.retain(|_, senders| {
            ended.extend(senders.extract_if(.., |sender| sender.is_closed()));
            !senders.is_empty()
        });
        self.sweep_at.set(FEW_HOSTS.max(2 * idle.len()));
        ended
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

    /// The same, in the background. Where there is no loop any more nobody could use it again: it
    /// ends the connection.
    pub(super) fn give_back(self) {
        if !can_create_task() {
            return;
        }
        let mut lease = Some(self);
        spawn_hidden(async move { poll_fn(|cx| Lease::poll_return(&mut lease, cx)).await });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SocketIo;
    use asyncio_net::UnixStream;
    use futures_lite::future::block_on;
    use hyper::client::conn::http1;

    #[test]
    fn hosts_whose_connections_have_ended_are_forgotten() {
        let pool = Pool::new(1);
        let mut open = Vec::new();
        for n in 0..1000 {
            let (io, peer) = block_on(async { UnixStream::pair() }).unwrap();
            let (sender, connection) = block_on(http1::handshake(SocketIo::new(io))).unwrap();
            pool.put((format!("host-{n}"), 80), sender);
            // Every hundredth stays.
            if n % 100 == 0 {
                open.push((connection, peer));
            }
        }
        let hosts = pool.idle.borrow();
        assert!(hosts.len() <= 2 * FEW_HOSTS, "{}", hosts.len());
        assert!((0..10).all(|n| hosts.contains_key(&(format!("host-{}", n * 100), 80))));
    }
}
