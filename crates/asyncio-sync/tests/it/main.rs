//! Integration tests, one module per primitive. Each behaviour is one body, run in both
//! confinements.

mod barrier;
mod condition;
mod dropping;
mod event;
mod fifo;
mod lock;
mod queue;
mod semaphore;
mod shape;
mod shutdown;
mod threads;

/// Makes a test of each body in both confinements.
macro_rules! in_both_confinements {
    ($($name:ident,)*) => {
        mod thread_safe {
            $(#[test] fn $name() { super::$name::<asyncio_sync::confined::ThreadSafe>() })*
        }
        mod local {
            $(#[test] fn $name() { super::$name::<asyncio_sync::confined::LoopLocal>() })*
        }
    };
}
pub(crate) use in_both_confinements;
