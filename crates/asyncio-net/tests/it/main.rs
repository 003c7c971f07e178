//! The tests of asyncio-net. Names begin with the behaviour of asyncio that they show.

mod addrs;
mod bounds;
mod exhaustion;
mod faults;
mod reader;
mod server;
mod sockets;
mod support;
mod unix;
mod waits;
mod writer;
