//! This crate's handles are what `gather` and `wait_for` take, beside futures and tasks.

use crate::deferred::DeferredWatch;
use crate::group::ChildWatch;
use crate::{Child, ChildError, ChildJoining, Deferred, DeferredError, DeferredWait};
use asyncio_executor::Waitable;

impl<T> Waitable for Child<T> {
    type Output = Result<T, ChildError>;
    type Fut = ChildJoining<T>;
    type Watch = ChildWatch<T>;

    const UNDER_WAY: bool = true;

    #[track_caller]
    fn into_wait(self) -> ChildJoining<T> {
        self.into_future()
    }

    fn into_watch(self) -> ChildWatch<T> {
        ChildWatch::new(self)
    }
}

impl<T: Clone> Waitable for Deferred<T> {
    type Output = Result<T, DeferredError>;
    type Fut = DeferredWait<T>;
    type Watch = DeferredWatch<T>;

    const UNDER_WAY: bool = true;

    #[track_caller]
    fn into_wait(self) -> DeferredWait<T> {
        self.into_future()
    }

    #[track_caller]
    fn into_watch(self) -> DeferredWatch<T> {
        DeferredWatch::new(self.into_future())
    }
}
