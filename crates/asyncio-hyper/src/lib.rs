#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod client;
mod connect;
mod executor;
mod io;
mod server;
mod socket_io;
mod timer;
mod uninit;

pub use client::{Body, Client, Error, Response};
pub use connect::connect;
pub use executor::{LoopExecutor, SharedExecutor};
pub use io::AsyncIo;
pub use server::{HttpServer, ServerBuilder, Stopped, serve};
pub use socket_io::{Socket, SocketIo};
pub use timer::LoopTimer;

pub use http;
pub use hyper;
