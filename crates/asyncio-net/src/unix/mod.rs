//! Unix sockets.

mod connect;
mod datagram;
mod listener;
mod path;
mod stream;

pub use connect::UnixConnect;
pub use datagram::{UnixDatagram, UnixRecv, UnixRecvFrom, UnixSend, UnixSendTo};
pub use listener::{UnixAccept, UnixIncoming, UnixListener};
pub(crate) use path::SocketFile;
pub use stream::UnixStream;
