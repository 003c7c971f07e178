//! What every type promises to be. It compiles or it does not.

use asyncio_reactor::{
    Async, Backend, Driver, Handle, Interest, Interval, MissedTick, ReadWith, Readable, Sleep,
    Tick, Writable, WriteWith,
};
use futures_io::{AsyncRead, AsyncWrite};
use std::fmt::Debug;
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;

fn shared<T: Send + Sync + Unpin + Debug>() {}
fn owned<T: Send + Sync + Unpin + Debug + 'static>() {}
fn streams<T: AsyncRead + AsyncWrite>() {}

trait AmbiguousIfSend<A> {
    fn check() {}
}
impl<T: ?Sized> AmbiguousIfSend<()> for T {}
#[allow(dead_code)]
struct IsSend;
impl<T: ?Sized + Send> AmbiguousIfSend<IsSend> for T {}

#[test]
fn the_table_of_bounds() {
    owned::<Async<TcpStream>>();
    owned::<Async<TcpListener>>();
    owned::<Async<UdpSocket>>();
    owned::<Async<UnixStream>>();
    owned::<Sleep>();
    owned::<Interval>();
    owned::<Handle>();
    owned::<Backend>();
    owned::<Interest>();
    owned::<MissedTick>();
    shared::<Readable<'_, TcpStream>>();
    shared::<Writable<'_, TcpStream>>();
    shared::<ReadWith<'_, TcpStream, fn(&TcpStream) -> std::io::Result<()>>>();
    shared::<WriteWith<'_, TcpStream, fn(&TcpStream) -> std::io::Result<()>>>();
    shared::<Tick<'_>>();
    streams::<Async<TcpStream>>();
    streams::<&Async<TcpStream>>();
    streams::<Async<UnixStream>>();
    // A pipe to a child is written through `&mut` or not at all.
    fn reads<T: AsyncRead>() {}
    reads::<Async<std::process::ChildStdout>>();
    // The driver stays on its thread.
    <Driver as AmbiguousIfSend<_>>::check();
}
