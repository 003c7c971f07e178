#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod addr;
mod bind;
mod connect;
mod datagram;
mod listen;
mod lookup;
mod server;
mod split;
mod stream;
mod tcp;
mod traits;
mod udp;
mod unix;

pub use addr::{AddrError, Addrs};
pub use asyncio_reactor::{Readable, Writable};
pub use bind::Bind;
pub use connect::Connect;
pub use lookup::{Lookup, lookup_host};
#[doc(hidden)]
pub use server::rest_after;
pub use server::{Server, ServerClosed, StartServer, start_server, start_unix_server};
pub use split::{Duplex, OwnedReadHalf, OwnedWriteHalf, ReadHalf, ReuniteError, WriteHalf};
pub use stream::{
    Drain, IncompleteReadError, LimitOverrunError, Lines, OpenConnection, OpenUnixConnection, Read,
    ReadError, ReadExactly, ReadToEnd, ReadUntil, StreamReader, StreamWriter, WaitClosed, WriteAll,
    open_connection, open_unix_connection,
};
pub use tcp::{Accept, Incoming, Peek, TcpListener, TcpStream};
pub use udp::{UdpConnect, UdpPeekFrom, UdpRecv, UdpRecvFrom, UdpSend, UdpSendTo, UdpSocket};
pub use unix::{
    UnixAccept, UnixConnect, UnixDatagram, UnixIncoming, UnixListener, UnixRecv, UnixRecvFrom,
    UnixSend, UnixSendTo, UnixStream,
};
