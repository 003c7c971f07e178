//! The tests of asyncio-hyper: our server and our client on real sockets, and peers that speak
//! bytes.

mod adapters;
mod client;
mod exhaustion;
mod framing;
mod server;
mod support;
