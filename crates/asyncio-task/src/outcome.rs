use crate::BoxError;

/// What a child of a group may return: a value, or a `Result` whose error goes to the group.
///
/// Implemented for `Result<T, E>` with any `E` that [`BoxError`] can be made of, for `()`, for the
/// plain values of the standard library, which cannot fail, and for a child that never returns.
/// Anything else is returned as `Ok`:
///
/// ```
/// use asyncio_task::{BoxError, TaskGroup};
///
/// struct Page(&'static str);
///
/// # futures_lite::future::block_on(async {
/// let page = TaskGroup::run(async |g| {
///     g.create_task(async { Ok::<_, BoxError>(Page("hello")) })
/// }).await?;
/// assert_eq!(page.result()?.0, "hello");
/// # Ok::<_, BoxError>(()) }).unwrap();
/// ```
///
/// Only this crate implements it. (A child that never returns has a type that cannot be named, and
/// the compiler takes an implementation for it to overlap with any in another crate.)
#[diagnostic::on_unimplemented(
    message = "a group cannot tell whether a child that returns `{Self}` has failed",
    note = "return `()`, a plain value of the standard library, or a `Result`: \
            `Ok::<_, BoxError>(value)`"
)]
pub trait Outcome {
    /// What the child's handle gives.
    type Value;

    /// Parts success from failure.
    ///
    /// # Errors
    ///
    /// What the group is to collect.
    fn outcome(self) -> Result<Self::Value, BoxError>;
}

impl<T, E: Into<BoxError>> Outcome for Result<T, E> {
    type Value = T;

    fn outcome(self) -> Result<T, BoxError> {
        self.map_err(Into::into)
    }
}

macro_rules! plain {
    ($([$($of:ident),*] $value:ty),* $(,)?) => {$(
        impl<$($of),*> Outcome for $value {
            type Value = Self;

            fn outcome(self) -> Result<Self, BoxError> {
                Ok(self)
            }
        }
    )*};
}

plain! {
    [] (), [] bool, [] char, [] String, [] &'static str,
    [] u8, [] u16, [] u32, [] u64, [] u128, [] usize,
    [] i8, [] i16, [] i32, [] i64, [] i128, [] isize, [] f32, [] f64,
    [] std::time::Duration, [] std::time::Instant, [] std::path::PathBuf,
    [] std::convert::Infallible, [] asyncio_context::TaskId, [] asyncio_context::TaskRef,
    [T] Option<T>, [T] Vec<T>, [T] Box<T>, [T] std::rc::Rc<T>, [T] std::sync::Arc<T>,
    [A] (A,), [A, B] (A, B), [A, B, C] (A, B, C), [A, B, C, D] (A, B, C, D),
}

/// The type of a block that never ends, which stable Rust cannot name but by this.
mod never {
    pub trait Returns {
        type Returned;
    }

    impl<T> Returns for fn() -> T {
        type Returned = T;
    }
}

/// A child that loops for ever, until it is cancelled.
impl Outcome for <fn() -> ! as never::Returns>::Returned {
    type Value = std::convert::Infallible;

    fn outcome(self) -> Result<Self::Value, BoxError> {
        self
    }
}
