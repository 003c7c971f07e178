//! Connecting to a path.

use super::UnixStream;
use crate::addr::AddrError;
use crate::connect::{in_progress, socket};
use asyncio_reactor::{Async, Interest, sleep};
use socket2::{Domain, SockAddr, Socket, Type};
use std::future::poll_fn;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// How long to wait for room in a listener's queue, at first and at most. The system offers no
/// event for it: a full queue makes the connect fail with WouldBlock.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(50));

pub(super) async fn connect(path: PathBuf) -> io::Result<UnixStream> {
    let fail = |error| AddrError::wrap("connect to", path.display(), error);
    let addr = SockAddr::unix(&path).map_err(fail)?;
    let mut pause = PAUSES.0;
    loop {
        let socket = socket(Domain::UNIX, Type::STREAM, None).map_err(fail)?;
        match socket.connect(&addr) {
            Ok(()) => return Ok(UnixStream::from_nonblocking(socket.into())),
            Err(error) if in_progress(&error) || error.kind() == io::ErrorKind::Interrupted => {
                return finish(socket).await.map_err(fail);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                sleep(pause).await;
                pause = (pause * 2).min(PAUSES.1);
            }
            Err(error) => return Err(fail(error)),
        }
    }
}

async fn finish(socket: Socket) -> io::Result<UnixStream> {
    let io = Async::new_nonblocking(std::os::unix::net::UnixStream::from(socket));
    poll_fn(|cx| {
        io.poll_io(cx, Interest::Writable, |stream| {
            if let Some(error) = stream.take_error()? {
                return Err(error);
            }
            match stream.peer_addr() {
                Err(error) if error.kind() == io::ErrorKind::NotConnected => {
                    Err(io::ErrorKind::WouldBlock.into())
                }
                result => result.map(drop),
            }
        })
    })
    .await?;
    Ok(UnixStream::of(io))
}
