//! What may stand where an address is wanted.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// One or more addresses, or a name that is still to be looked up.
///
/// Literal addresses are recognised when the value is made and never reach the resolver.
///
/// ```
/// use asyncio_net::Addrs;
///
/// assert!(Addrs::from("127.0.0.1:80").is_literal());
/// assert!(Addrs::from(("::1", 80)).is_literal());
/// assert!(!Addrs::from("localhost:80").is_literal());
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addrs(pub(crate) Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Repr {
    One(SocketAddr),
    Many(Vec<SocketAddr>),
    Name(String, u16),
    Invalid { text: String, why: &'static str },
}

impl Addrs {
    /// Whether no lookup is needed.
    pub fn is_literal(&self) -> bool {
        matches!(self.0, Repr::One(_) | Repr::Many(_))
    }

    fn host_and_port(host: &str, port: u16) -> Addrs {
        // A bracketed address is how a URL spells it.
        let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
        match bare.parse::<IpAddr>() {
            Ok(ip) => Addrs(Repr::One(SocketAddr::new(ip, port))),
            Err(_) if host.contains('\0') => {
                Addrs(Repr::Invalid { text: host.escape_debug().to_string(), why: "NUL in host" })
            }
            Err(_) => Addrs(Repr::Name(host.to_owned(), port)),
        }
    }

    fn text(text: &str) -> Addrs {
        if let Ok(addr) = text.parse() {
            return Addrs(Repr::One(addr));
        }
        let invalid = |why| Addrs(Repr::Invalid { text: text.to_owned(), why });
        let Some((host, port)) = text.rsplit_once(':') else {
            return invalid("no port; the form is host:port");
        };
        if host.contains(':') && !host.starts_with('[') {
            return invalid("an IPv6 address needs brackets; the form is [address]:port");
        }
        match port.parse() {
            Ok(port) => Addrs::host_and_port(host, port),
            Err(_) => invalid("the port is not a number below 65536"),
        }
    }
}

impl fmt::Display for Addrs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::One(addr) => addr.fmt(f),
            Repr::Many(addrs) => {
                for (i, addr) in addrs.iter().enumerate() {
                    let comma = if i == 0 { "" } else { ", " };
                    write!(f, "{comma}{addr}")?;
                }
                Ok(())
            }
            Repr::Name(host, port) => write!(f, "{host}:{port}"),
            Repr::Invalid { text, .. } => f.write_str(text),
        }
    }
}

macro_rules! one {
    ($($ty:ty),*) => { $(
        impl From<$ty> for Addrs {
            fn from(addr: $ty) -> Addrs {
                Addrs(Repr::One(SocketAddr::from(addr)))
            }
        }
    )* };
}

one!(SocketAddr, SocketAddrV4, SocketAddrV6, (IpAddr, u16), (Ipv4Addr, u16), (Ipv6Addr, u16));

impl From<&SocketAddr> for Addrs {
    fn from(addr: &SocketAddr) -> Addrs {
        Addrs(Repr::One(*addr))
    }
}

impl From<&[SocketAddr]> for Addrs {
    fn from(addrs: &[SocketAddr]) -> Addrs {
        Addrs(Repr::Many(addrs.to_vec()))
    }
}

impl From<Vec<SocketAddr>> for Addrs {
    fn from(addrs: Vec<SocketAddr>) -> Addrs {
        Addrs(Repr::Many(addrs))
    }
}

impl From<&str> for Addrs {
    fn from(text: &str) -> Addrs {
        Addrs::text(text)
    }
}

impl From<&String> for Addrs {
    fn from(text: &String) -> Addrs {
        Addrs::text(text)
    }
}

impl From<String> for Addrs {
    fn from(text: String) -> Addrs {
        Addrs::text(&text)
    }
}

impl From<(&str, u16)> for Addrs {
    fn from((host, port): (&str, u16)) -> Addrs {
        Addrs::host_and_port(host, port)
    }
}

impl From<(String, u16)> for Addrs {
    fn from((host, port): (String, u16)) -> Addrs {
        Addrs::host_and_port(&host, port)
    }
}

/// A failure together with the address that it concerns.
///
/// It is found inside the [`io::Error`]s of connecting, binding and looking up, whose kind it
/// leaves as it was:
///
/// ```
/// use asyncio_net::{AddrError, TcpStream};
///
/// # futures_lite::future::block_on(async {
/// let error = TcpStream::connect("no port here").await.unwrap_err();
/// let inner = error.get_ref().unwrap().downcast_ref::<AddrError>().unwrap();
/// assert_eq!(inner.addr(), "no port here");
/// # });
/// ```
#[derive(Debug)]
pub struct AddrError {
    what: &'static str,
    addr: String,
    source: io::Error,
}

impl AddrError {
    pub(crate) fn wrap(
        what: &'static str,
        addr: impl fmt::Display,
        source: io::Error,
    ) -> io::Error {
        io::Error::new(source.kind(), AddrError { what, addr: addr.to_string(), source })
    }

    pub(crate) fn invalid(text: &str, why: &'static str) -> io::Error {
        let source = io::Error::new(io::ErrorKind::InvalidInput, why);
        AddrError::wrap("invalid address", text, source)
    }

    /// The address, as it was given or as it was found.
    pub fn addr(&self) -> &str {
        &self.addr
    }

    /// What the system said.
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }
}

impl fmt::Display for AddrError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.what, self.addr, self.source)
    }
}

impl Error for AddrError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
