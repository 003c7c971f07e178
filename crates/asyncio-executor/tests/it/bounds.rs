//! Which of the public types may go to other threads: compiled, not run.

use asyncio_executor::*;
use std::rc::Rc;

fn send<T: Send>() {}
fn sync<T: Sync>() {}
fn unpin<T: Unpin>() {}
fn debug<T: std::fmt::Debug>() {}

/// Compiles only if `$type` is not `$bound`: with it, the call would be ambiguous.
macro_rules! is_not {
    ($type:ty: $bound:ident) => {{
        trait Ambiguous<A> {
            fn check() {}
        }
        impl<T: ?Sized> Ambiguous<()> for T {}
        struct Has;
        impl<T: ?Sized + $bound> Ambiguous<Has> for T {}
        <$type as Ambiguous<_>>::check();
    }};
}

#[test]
fn table() {
    macro_rules! shared {
        ($($type:ty),*) => { $(send::<$type>(); sync::<$type>(); unpin::<$type>(); debug::<$type>();)* };
    }
    shared!(
        Remote,
        SharedTask<u8>,
        SharedTask<std::cell::Cell<u8>>,
        Executor,
        LoopClosed,
        Turn,
        ThreadPark
    );
    send::<Job>();
    unpin::<Job>();
    send::<SharedJoining<u8>>();
    sync::<SharedJoining<u8>>();
    is_not!(SharedTask<Rc<u8>>: Send);
    macro_rules! local {
        ($($type:ty),*) => { $(is_not!($type: Send); is_not!($type: Sync); debug::<$type>();)* };
    }
    local!(
        LocalExecutor,
        Task<u8>,
        Joining<u8>,
        AbortOnDrop<u8>,
        SharedResult<u8>,
        Handle,
        LocalJob,
        Entered<'static>,
        LocalSpawnGuard,
        SpawnGuard
    );
    unpin::<Task<std::marker::PhantomPinned>>();
}
