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
//!
//! # What a wait costs, and what was tried
//!
//! A queue's wait takes about 90 instructions, of which the waker's clone is 6, the list 15 and the
//! note for the record 15; going on after it is the fast way of a first poll. Measured and dropped:
//!
//! - The fast ways inlined into the code that awaits: 6 % fewer instructions for a queue that never
//!   makes anybody wait, 8 % more for a round trip, because the `async fn` around it becomes too large
//!   to be inlined in turn.
//! - The attempt without a waker first, which is cloned only if it fails: enters the exclusion twice,
//!   20 ns each between threads.
//! - No flag in the local exclusion where no comparison of a user's runs inside: four instructions
//!   fewer, and then a mistake in here is undefined behaviour in place of a panic.
//! - Making the future with `Links` as an `Option`, or with the status behind the links: both write
//!   seven words where one will do (hence `repr(C)` of the node).

mod cell;
mod list;
mod waiter;

pub(crate) use cell::{Anchor, Owed, WaitCell};
pub(crate) use list::Lists;
pub(crate) use waiter::{Role, Standing, Waiter};
