//! The named futures of [`Async`](super::Async). Each has a place of its own among the waiters.

use super::Async;
use crate::source::{Interest, Ticket, Waiter};
use std::fmt;
use std::future::Future;
use std::io;
use std::os::fd::AsFd;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A place among the waiters of a source, given up when dropped.
struct Place<'a, T: AsFd> {
    io: &'a Async<T>,
    ticket: Option<Ticket>,
    at: &'static Location<'static>,
}

impl<'a, T: AsFd> Place<'a, T> {
    fn new(io: &'a Async<T>, at: &'static Location<'static>) -> Place<'a, T> {
        Place { io, ticket: None, at }
    }

    fn poll_ready(&mut self, interest: Interest, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let waiter = Waiter::Future(&mut self.ticket);
        self.io.poll_ready(interest, waiter, cx.waker(), self.at)
    }

    fn poll_op<R>(
        &mut self,
        interest: Interest,
        cx: &Context<'_>,
        op: &mut impl FnMut(&T) -> io::Result<R>,
    ) -> Poll<io::Result<R>> {
        let waiter = Waiter::Future(&mut self.ticket);
        self.io.attempt(interest, waiter, cx.waker(), self.at, op)
    }
}

impl<T: AsFd> Drop for Place<'_, T> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.io.cancel(ticket);
        }
    }
}

macro_rules! ready {
    ($name:ident, $interest:ident, $method:literal) => {
        #[doc = concat!("See [`Async::", $method, "`].")]
        #[must_use = "futures do nothing unless polled"]
        pub struct $name<'a, T: AsFd>(Place<'a, T>);

        impl<'a, T: AsFd> $name<'a, T> {
            pub(super) fn new(io: &'a Async<T>, at: &'static Location<'static>) -> Self {
                $name(Place::new(io, at))
            }

            /// Does `op` as soon as it does not answer `WouldBlock`, waiting in this future's place. For
            /// futures with a name of their own that keep what `op` works on.
            ///
            /// # Errors
            ///
            /// Those of `op`, and of registering the source.
            pub fn poll_io<R>(
                &mut self,
                cx: &Context<'_>,
                mut op: impl FnMut(&T) -> io::Result<R>,
            ) -> Poll<io::Result<R>> {
                self.0.poll_op(Interest::$interest, cx, &mut op)
            }
        }

        impl<T: AsFd> Future for $name<'_, T> {
            type Output = io::Result<()>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.0.poll_ready(Interest::$interest, cx)
            }
        }

        impl<T: AsFd> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("at", &self.0.at).finish()
            }
        }
    };
}

ready!(Readable, Readable, "readable");
ready!(Writable, Writable, "writable");

macro_rules! operation {
    ($name:ident, $interest:ident, $method:literal) => {
        #[doc = concat!("See [`Async::", $method, "`].")]
        #[must_use = "futures do nothing unless polled"]
        pub struct $name<'a, T: AsFd, F> {
            place: Place<'a, T>,
            op: F,
        }

        impl<'a, T: AsFd, F> $name<'a, T, F> {
            pub(super) fn new(io: &'a Async<T>, op: F, at: &'static Location<'static>) -> Self {
                $name { place: Place::new(io, at), op }
            }
        }

        /// The operation is never pinned.
        impl<T: AsFd, F> Unpin for $name<'_, T, F> {}

        impl<R, T: AsFd, F: FnMut(&T) -> io::Result<R>> Future for $name<'_, T, F> {
            type Output = io::Result<R>;

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<R>> {
                let this = &mut *self;
                this.place.poll_op(Interest::$interest, cx, &mut this.op)
            }
        }

        impl<T: AsFd, F> fmt::Debug for $name<'_, T, F> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).field("at", &self.place.at).finish()
            }
        }
    };
}

operation!(ReadWith, Readable, "read_with");
operation!(WriteWith, Writable, "write_with");
