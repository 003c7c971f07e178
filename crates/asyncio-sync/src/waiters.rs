//! Who waits, in which order.
//!
//! A [`WaitCell`] holds the state of a primitive and its lists of waiters, and gives access to both
//! to one caller at a time. A [`Waiter`] is the part of a waiting future that stands in such a
//! list: its node lies in the future itself, so that waiting allocates nothing.
//!
//! # The life of a node
//!
//! ```text
//!             1                    2
//!   IDLE ----------> WAITING ------------> NOTIFIED
//!    ^                  |                     |
//!    |        3         |          4          |
//!    +------------------+---------------------+
//!
//! 1  Waiter::poll      under exclusion: appended to the list
//! 2  Lists::notify     under exclusion: taken off, its waker taken out; the store of NOTIFIED is
//!                      the notifier's last touch of the node
//! 3  Waiter::poll,     under exclusion: taken off by its own future, which succeeded by itself or
//!    drop              is going away
//! 4  Waiter::accept,   by its own future, without exclusion
//!    poll, drop
//! ```
//!
//! Rules: the links of a node are touched under the exclusion of its cell only; the state word is
//! written by others only in 2, so the owner may read IDLE and NOTIFIED at any time and trust them,
//! and must look again under exclusion where it read WAITING. A future that is dropped while
//! NOTIFIED hands on what it was woken for: [`Role::gone`].
//!
//! Wakers are cloned, woken and dropped outside the exclusion.

mod cell;
mod list;
mod waiter;

pub(crate) use cell::{Anchor, Owed, WaitCell};
pub(crate) use list::Lists;
pub(crate) use waiter::{Role, Standing, Waiter};
