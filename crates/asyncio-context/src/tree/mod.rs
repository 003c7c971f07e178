//! The cancellation tree, for those who write waits and scopes.
//!
//! A [`Node`] is a place where unwinding stops or is forwarded. The future it belongs to owns it,
//! declares it **before** the future it guards, and polls through it; the node enters the tree at
//! its first poll, under the node that is current then.
//!
//! A *stop node* drops its future when it acts, and something follows:
//!
//! ```
//! # use asyncio_context::tree::{Node, Step};
//! # use asyncio_context::Cancelled;
//! # use std::{pin::Pin, task::{Context, Poll}};
//! struct Stop<F> { node: Node /* Node::stop() */, future: Option<Pin<Box<F>>> }
//!
//! impl<F: Future> Stop<F> {
//!     fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<F::Output, Cancelled>> {
//!         let future = self.future.as_mut().expect("not over");
//!         match self.node.poll(cx, |cx| future.as_mut().poll(cx)) {
//!             Step::Ready(value) => Poll::Ready(Ok(value)),      // has left the tree
//!             Step::Pending => Poll::Pending,
//!             Step::Act => {
//!                 self.future = None;                            // first the future,
//!                 Poll::Ready(Err(self.node.act()))              // then the token
//!             }
//!         }
//!     }
//! }
//! ```
//!
//! **A timeout** looks at its deadline before the poll (from the second poll on) and then calls
//! [`node.request(None)`](Node::request) once. At `Act` it asks [`node.outside()`](Node::outside) first, then
//! acts. Expired and not outside: `act().swallow()`, and the error is its value. Else
//! `act().pass_on()` and `Poll::Pending`, for ever: the unwinding goes on. `Step::Ready` after the
//! expiry is the body's value.
//!
//! **A group** is a forward node with a stop node for its body, polled inside the forward node's
//! closure. A child's failure is `body.request(None)`. When the body acts: its own abort if
//! `!outside()`, so `act().swallow()`; else the children are cancelled and `act().pass_on()` makes
//! the group's node act in its turn.
//!
//! A *forward node* keeps its future and passes the request on:
//!
//! ```text
//! loop {
//!     match node.poll(cx, |cx| poll the other task's end) {
//!         Step::Act if it is over already => { node.unwind(); return Pending }      // unread
//!         Step::Act => other.cancel(),         // and poll again: a waker must be left; a second
//!                                              // request comes as a second Act
//!         Step::Pending => return Pending,
//!         Step::Ready(end) if !node.acted() => return Ready(end),    // has left the tree
//!         Step::Ready(cancelled) => { node.unwind(); return Pending }
//!         Step::Ready(end) => { node.swallowed(); return Ready(end) }
//!     }
//! }
//! ```
//!
//! A forward node that polls nothing but such an end should be a [`Leaf`], which costs next to nothing
//! while nobody asks.
//!
//! [`unwind`](Node::unwind) may be called without a request (a `gather` whose child ended
//! cancelled); the owner then stays `Pending` for ever. [`missed`](Node::missed) hands the request
//! back and lets the owner return (a group with errors of its own). A node that is dropped without
//! any of these hands back what it owed.
//!
//! # Inside
//!
//! `core` is a node's shared side, `node` its owner's and `settle` the
//! part of that which finds its place; `rules` says how requests go down and answers
//! come up; `leave` how a node goes; `turn` is what surrounds a poll, of a node or of a record's root; `current` knows the
//! node that is being polled; `force` counts; `leaf` spares most waits the tree. Four things hold everywhere:
//!
//! 1. The tree never owns a future. Its references go up (`parent`) and down (`kids`); leaving cuts
//!    both, so no circle keeps a user's value alive.
//! 2. One lock at a time. Between two locks a node may have left or moved, so whoever comes with a
//!    list of children checks under the child's lock that it is still its child.
//! 3. No waker is cloned, woken or dropped and no token or future dropped under a lock.
//! 4. Only a node's own poll acts on it; everybody else, on any thread, marks and wakes.

mod core;
mod current;
mod force;
mod kids;
mod leaf;
mod leave;
mod node;
mod rules;
mod settle;
mod stash;
mod token;
mod turn;

pub(crate) use self::core::Core;
pub(crate) use current::Slot;
pub(crate) use force::below;
pub use leaf::Leaf;
pub(crate) use leaf::{Held, Seat, seat};
pub use node::{Node, Step};
pub use token::Cancelled;
pub(crate) use turn::{Root, TurnRound};

#[cfg(all(test, not(loom)))]
mod tests;
