//! From a name to addresses.

use crate::addr::{AddrError, Addrs, Repr};
use asyncio_blocking::to_thread;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Looks up the addresses behind a host and port, in the resolver's order.
///
/// A literal address is given back at once. A name goes to the system's resolver
/// (`getaddrinfo`), which blocks and is therefore asked on a thread of the blocking pool.
///
/// asyncio: `loop.getaddrinfo`.
///
/// # Errors
///
/// `InvalidInput` for text that is no address; what the resolver says, with the name in the
/// message; `NotFound` if it knows the name but no address.
///
/// # Cancel safety
///
/// Nothing is lost; a lookup under way goes on to its end unheard.
///
/// ```
/// # futures_lite::future::block_on(async {
/// let addrs = asyncio_net::lookup_host("localhost:80").await?;
/// assert!(addrs.iter().all(|addr| addr.ip().is_loopback()));
/// # std::io::Result::Ok(()) }).unwrap();
/// ```
#[track_caller]
pub fn lookup_host(addrs: impl Into<Addrs>) -> Lookup {
    Lookup::new(addrs.into(), Purpose::Connect)
}

/// An empty host is nowhere to connect to, and everywhere to listen.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Purpose {
    Connect,
    Listen,
}

type Resolving = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send + Sync>>;

/// See [`lookup_host`].
#[must_use = "futures do nothing unless awaited"]
pub struct Lookup {
    state: State,
}

enum State {
    Known(io::Result<Vec<SocketAddr>>),
    Resolving(Resolving),
    Done,
}

impl Lookup {
    #[track_caller]
    pub(crate) fn new(addrs: Addrs, purpose: Purpose) -> Lookup {
        let known = match addrs.0 {
            Repr::One(addr) => Ok(vec![addr]),
            Repr::Many(addrs) if addrs.is_empty() => {
                Err(io::Error::new(io::ErrorKind::InvalidInput, "no address was given"))
            }
            Repr::Many(addrs) => Ok(addrs),
            Repr::Invalid { text, why } => Err(AddrError::invalid(&text, why)),
            Repr::Name(host, port) if host.is_empty() => match purpose {
                Purpose::Listen => Ok(vec![
                    (Ipv4Addr::UNSPECIFIED, port).into(),
                    (Ipv6Addr::UNSPECIFIED, port).into(),
                ]),
                Purpose::Connect => Err(AddrError::invalid(&format!(":{port}"), "no host")),
            },
            Repr::Name(host, port) => {
                return Lookup { state: State::Resolving(resolve(host, port)) };
            }
        };
        Lookup { state: State::Known(known) }
    }
}

#[track_caller]
fn resolve(host: String, port: u16) -> Resolving {
    let name = format!("{host}:{port}");
    let call = to_thread(move || -> io::Result<Vec<SocketAddr>> {
        Ok((host.as_str(), port).to_socket_addrs()?.collect())
    });
    Box::pin(async move {
        let found = match call.await {
            Ok(found) => found,
            Err(error) => Err(io::Error::other(error)),
        };
        match found {
            Ok(addrs) if addrs.is_empty() => {
                let none = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
                Err(AddrError::wrap("look up", name, none))
            }
            Ok(addrs) => Ok(addrs),
            Err(error) => Err(AddrError::wrap("look up", name, error)),
        }
    })
}

impl Future for Lookup {
    type Output = io::Result<Vec<SocketAddr>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match std::mem::replace(&mut this.state, State::Done) {
            State::Known(known) => Poll::Ready(known),
            State::Resolving(mut resolving) => {
                let polled = resolving.as_mut().poll(cx);
                if polled.is_pending() {
                    this.state = State::Resolving(resolving);
                }
                polled
            }
            State::Done => panic!("a lookup was polled after its end"),
        }
    }
}

impl fmt::Debug for Lookup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lookup").finish_non_exhaustive()
    }
}
