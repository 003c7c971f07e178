/// Names a value in a [`Wheel`](crate::Wheel), from its insertion until it is removed or expires.
///
/// A key that is no longer in use finds nothing. (A place would have to be used again four thousand
/// million times for an old key to be mistaken for a new one.)
///
/// ```
/// let mut wheel = asyncio_timer::Wheel::new(0);
/// let key = wheel.insert(5, 'x');
/// assert_eq!(wheel.remove(key), Some('x'));
/// let other = wheel.insert(5, 'y'); // the same place again
/// assert_ne!(key, other);
/// assert_eq!(wheel.remove(key), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}
