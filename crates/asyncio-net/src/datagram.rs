//! The named futures of calls that move one buffer: a datagram, or a look ahead.

/// A wait for something to receive, by the socket's method `$op`.
macro_rules! receiving {
    ($(#[$doc:meta])* $name:ident, $socket:ty, $output:ty, $op:ident) => {
        $(#[$doc])*
        #[must_use = "futures do nothing unless awaited"]
        pub struct $name<'a> {
            ready: asyncio_reactor::Readable<'a, $socket>,
            buf: &'a mut [u8],
        }

        impl std::future::Future for $name<'_> {
            type Output = std::io::Result<$output>;

            fn poll(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                let $name { ready, buf } = self.get_mut();
                ready.poll_io(cx, |socket| socket.$op(buf))
            }
        }

        crate::datagram::debug!($name);
    };
}
pub(crate) use receiving;

/// A wait for room to send, by the socket's method `$op`, to `$to` if it takes an address.
macro_rules! sending {
    ($(#[$doc:meta])* $name:ident, $socket:ty, $op:ident $(, $to:ident: $address:ty)?) => {
        $(#[$doc])*
        #[must_use = "futures do nothing unless awaited"]
        pub struct $name<'a> {
            ready: asyncio_reactor::Writable<'a, $socket>,
            buf: &'a [u8],
            $($to: $address,)?
        }

        impl std::future::Future for $name<'_> {
            type Output = std::io::Result<usize>;

            fn poll(
                self: std::pin::Pin<&mut Self>,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<Self::Output> {
                let $name { ready, buf, $($to)? } = self.get_mut();
                ready.poll_io(cx, |socket| socket.$op(buf $(, &*$to)?))
            }
        }

        crate::datagram::debug!($name);
    };
}
pub(crate) use sending;

macro_rules! debug {
    ($name:ident) => {
        impl std::fmt::Debug for $name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.ready).finish()
            }
        }
    };
}
pub(crate) use debug;
