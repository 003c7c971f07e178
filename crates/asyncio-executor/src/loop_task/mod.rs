#![doc = include_str!("README.md")]

mod cell;
mod count;
mod foreign;
mod header;
mod home;
mod inbox;
mod kind;
mod list;
mod memory;
mod ready;
mod waker;
mod watch;

pub(crate) use cell::{
    abandon_now, discard, drop_ref, queued, run, run_unqueued, spawn, spawn_unqueued, take_output,
    unqueue,
};
pub(crate) use header::Header;
pub(crate) use home::{Busy, Entered, Here, Home, Owned};
pub(crate) use inbox::{Letter, Posted};
pub(crate) use kind::{Hidden, HiddenBody, Listed};
pub(crate) use ready::{Call, Entry};
pub(crate) use watch::{Unread, caught};

#[cfg(all(test, loom))]
mod models;
