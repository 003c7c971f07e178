/// Runs up to sixteen awaitables of different types side by side and gives a tuple of their
/// outputs, in their order: [`gather`](fn@crate::gather) for a handful that is known.
///
/// asyncio: `gather(a, b)`.
///
/// ```
/// use asyncio_task::gather;
///
/// # futures_lite::future::block_on(async {
/// let (word, number) = gather!(async { "two" }, async { 2 }).await;
/// assert_eq!((word, number), ("two", 2));
///
/// let (good, bad) = gather!(async { 1 }, async { panic!("no") }).return_exceptions().await;
/// assert_eq!(good.unwrap(), 1);
/// let _: asyncio_task::JoinError = { let bad: Result<(), _> = bad; bad.unwrap_err() };
/// # });
/// ```
#[macro_export]
macro_rules! gather {
    ($($awaitable:expr),* $(,)?) => {
        $crate::__private::gather(($($crate::__private::member($awaitable),)*))
    };
}

/// Runs up to sixteen awaitables that return a `Result` side by side, until one fails: the first
/// `Err` is returned at once, else a tuple of the values. See [`try_gather`](fn@crate::try_gather).
///
/// ```
/// use asyncio_task::try_gather;
///
/// # futures_lite::future::block_on(async {
/// let both = try_gather!(async { "1".parse::<u8>() }, async { "x".parse::<u8>() }).await;
/// assert!(both.is_err());
/// # });
/// ```
#[macro_export]
macro_rules! try_gather {
    ($($awaitable:expr),+ $(,)?) => {
        $crate::__private::try_gather(($($crate::__private::member($awaitable),)+))
    };
}
