use super::Listed;
use super::crew::Crew;
use super::members::{Member, Members};
use asyncio_executor::Waitable;
use std::fmt;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Runs all awaitables of `iter` side by side until one fails: the first `Err` is returned at once.
///
/// As [`gather`](super::gather()) otherwise. Members that are not waited for are dropped: destructors
/// run, clean-ups that await do not. Give it tasks if they shall go on (GTH-8). Asked to stop, it
/// passes the request on and waits for all of them; an error that comes of that is returned, and
/// the request interrupts the next suspension.
///
/// asyncio: `gather`.
///
/// # Errors
///
/// The first `Err` of a member.
///
/// # Panics
///
/// With the panic of a member.
///
/// # Cancel safety
///
/// Dropped by foreign code, it drops its members; tasks that are awaited by a member go on.
///
/// ```
/// use asyncio_task::try_gather;
///
/// # futures_lite::future::block_on(async {
/// let numbers = try_gather(["1", "2"].map(|s| async { s.parse::<u8>() })).await;
/// assert_eq!(numbers.unwrap(), [1, 2]);
/// # });
/// ```
#[track_caller]
pub fn try_gather<I, T, E>(iter: I) -> TryGather<Listed<I>, Vec<T>, E>
where
    I: IntoIterator<Item: Waitable<Output = Result<T, E>>>,
{
    let at = Location::caller();
    let members = iter.into_iter().map(|w| Member::of(w, at)).collect();
    TryGather::new(members, at)
}

/// What [`try_gather!`](crate::try_gather!) expands to.
#[doc(hidden)]
#[track_caller]
pub fn try_gather_members<M: TryMembers>(members: M) -> TryGather<M, M::Values, M::Error> {
    TryGather::new(members, Location::caller())
}

/// Members that all return a `Result` with the same error.
pub trait TryMembers: Members {
    /// What the members return when none fails.
    type Values;
    /// Their error.
    type Error;

    /// The error of member `n`, which is over.
    #[doc(hidden)]
    fn error(&mut self, n: usize) -> Option<Self::Error>;
    /// The values; `None` unless every member has one.
    #[doc(hidden)]
    fn values(&mut self) -> Option<Self::Values>;
}

impl<T, E, F: Future<Output = Result<T, E>>> Member<F> {
    fn failure(&mut self) -> Option<E> {
        match self.output() {
            Some(Err(_)) => self.take()?.ok()?.err(),
            _ => None,
        }
    }
}

impl<T, E, F: Future<Output = Result<T, E>>> TryMembers for Vec<Member<F>> {
    type Values = Vec<T>;
    type Error = E;

    fn error(&mut self, n: usize) -> Option<E> {
        self.get_mut(n)?.failure()
    }

    fn values(&mut self) -> Option<Vec<T>> {
        self.iter_mut().map(|member| member.take()?.ok()?.ok()).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident $value:ident . $n:tt),+))*) => {$(
        impl<Error, $($name, $value),+> TryMembers for ($(Member<$name>,)+)
        where
            $($name: Future<Output = Result<$value, Error>>),+
        {
            type Values = ($($value,)+);
            type Error = Error;

            fn error(&mut self, n: usize) -> Option<Error> {
                match n {
                    $($n => self.$n.failure(),)+
                    _ => None,
                }
            }

            fn values(&mut self) -> Option<Self::Values> {
                Some(($(self.$n.take()?.ok()?.ok()?,)+))
            }
        }
    )*};
}

tuples! {
    (A AV.0)
    (A AV.0, B BV.1)
    (A AV.0, B BV.1, C CV.2)
    (A AV.0, B BV.1, C CV.2, D DV.3)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10, M MV.11)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10, M MV.11, N NV.12)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10, M MV.11, N NV.12, O OV.13)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10, M MV.11, N NV.12, O OV.13, P PV.14)
    (A AV.0, B BV.1, C CV.2, D DV.3, F FV.4, G GV.5, H HV.6, I IV.7, J JV.8, K KV.9, L LV.10, M MV.11, N NV.12, O OV.13, P PV.14, Q QV.15)
}

/// Members of which the first error counts: the future of [`try_gather`] and
/// [`try_gather!`](crate::try_gather!).
///
/// # Cancel safety
///
/// As [`Gather`](super::Gather).
#[must_use = "futures do nothing unless awaited"]
pub struct TryGather<M: Members, V, E> {
    crew: Crew<M>,
    /// The first, of a gather that was asked to stop and waits for the others.
    error: Option<E>,
    // Functions and not the trait: inside a `Send` future the compiler forgets that a boxed error
    // is `'static`, and then finds no implementation for it.
    take_error: fn(&mut M, usize) -> Option<E>,
    take_values: fn(&mut M) -> Option<V>,
}

impl<M: TryMembers> TryGather<M, M::Values, M::Error> {
    fn new(members: M, at: &'static Location<'static>) -> Self {
        let crew = Crew::new(members, at);
        TryGather { crew, error: None, take_error: M::error, take_values: M::values }
    }
}

impl<M: Members, V, E> Unpin for TryGather<M, V, E> {}

impl<M: Members, V, E> Future for TryGather<M, V, E> {
    type Output = Result<V, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let TryGather { crew, error, take_error, take_values } = &mut *self;
        let asked = crew.was_asked();
        let polled = crew.poll(cx, |members, n, ended| {
            if error.is_none() {
                *error = take_error(members, n);
            }
            !asked && (error.is_some() || ended.is_failure())
        });
        if polled.is_pending() {
            return Poll::Pending;
        }
        if let Some(panic) = crew.take_panic() {
            crew.hand_back();
            resume_unwind(panic);
        }
        if let Some(error) = error.take() {
            crew.hand_back();
            return Poll::Ready(Err(error));
        }
        if crew.was_asked() {
            return crew.unwind(None);
        }
        if let Some(error) = crew.take_cancelled() {
            return crew.unwind(error.message().map(|m| m.to_owned().into()));
        }
        match take_values(crew.members()) {
            Some(values) => Poll::Ready(Ok(values)),
            None => panic!("a gather is not polled after its end"),
        }
    }
}

impl<M: Members, V, E> fmt::Debug for TryGather<M, V, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryGather").field("crew", &self.crew).finish()
    }
}
