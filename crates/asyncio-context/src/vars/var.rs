//! One variable.

use super::context::{Entry, with_vars};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Declares context variables.
///
/// A variable has a default. A task begins with the values that its spawner had at that moment;
/// one declared `not inherited` begins every task with its default.
///
/// ```
/// use asyncio_context::context_var;
///
/// context_var! {
///     /// Who asked.
///     pub static USER: String = "nobody".to_string();
///     static DEPTH: usize = 0, not inherited;
/// }
///
/// let before = USER.set("ann".into());
/// assert_eq!(USER.get(), "ann");
/// USER.reset(before);
/// assert_eq!((USER.get(), DEPTH.get()), ("nobody".to_string(), 0));
/// ```
#[macro_export]
macro_rules! context_var {
    () => {};
    ($(#[$attr:meta])* $vis:vis static $name:ident: $type:ty = $default:expr; $($rest:tt)*) => {
        $(#[$attr])*
        $vis static $name: $crate::ContextVar<$type> =
            $crate::ContextVar::new(stringify!($name), || $default, true);
        $crate::context_var!($($rest)*);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $type:ty = $default:expr, not inherited;
     $($rest:tt)*) => {
        $(#[$attr])*
        $vis static $name: $crate::ContextVar<$type> =
            $crate::ContextVar::new(stringify!($name), || $default, false);
        $crate::context_var!($($rest)*);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $type:ty = $default:expr $(, not inherited)?) => {
        compile_error!("a context variable ends with a semicolon");
    };
}

/// A variable of the current context; see [`context_var!`](crate::context_var).
///
/// Outside a task every thread has a context of its own. asyncio: `contextvars.ContextVar`.
pub struct ContextVar<T: 'static> {
    name: &'static str,
    default: fn() -> T,
    inherited: bool,
    /// Given at the first `set`; 0 before. Variables are numbered, not known by their address, so
    /// that one in a `const` does no harm.
    key: AtomicUsize,
}

static NEXT_KEY: AtomicUsize = AtomicUsize::new(1);

impl<T: Clone + Send + Sync + 'static> ContextVar<T> {
    #[doc(hidden)]
    pub const fn new(name: &'static str, default: fn() -> T, inherited: bool) -> ContextVar<T> {
        ContextVar { name, default, inherited, key: AtomicUsize::new(0) }
    }

    /// The value here and now; the default where it was not set.
    pub fn get(&self) -> T {
        self.try_get().unwrap_or_else(|| (self.default)())
    }

    /// The value, if one was set.
    pub fn try_get(&self) -> Option<T> {
        // Cloned after the borrow: a value's `clone` may use variables.
        let value = with_vars(|vars| vars.edit(|vars| vars.get(self.key.load(Ordering::Relaxed))))?;
        value.downcast_ref::<T>().cloned()
    }

    /// Sets the value in the current context, and gives what [`reset`](ContextVar::reset) needs.
    pub fn set(&self, value: T) -> VarToken<T> {
        let entry = Entry { key: self.key(), inherited: self.inherited, value: Arc::new(value) };
        let before = with_vars(|vars| vars.edit(|vars| vars.set(entry)));
        VarToken { key: self.key(), before: before.and_then(|value| value.downcast().ok()) }
    }

    /// Puts back what was there before the [`set`](ContextVar::set) that gave `token`.
    ///
    /// # Panics
    ///
    /// If the token is another variable's.
    #[track_caller]
    pub fn reset(&self, token: VarToken<T>) {
        assert!(token.key == self.key(), "the token was made by another variable than {self:?}");
        let before = match token.before {
            Some(value) => {
                let entry = Entry { key: token.key, inherited: self.inherited, value };
                with_vars(|vars| vars.edit(|vars| vars.set(entry)))
            }
            None => with_vars(|vars| vars.edit(|vars| vars.remove(token.key))),
        };
        drop(before);
    }

    fn key(&self) -> usize {
        match self.key.load(Ordering::Relaxed) {
            0 => {
                let key = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
                match self.key.compare_exchange(0, key, Ordering::Relaxed, Ordering::Relaxed) {
                    Ok(_) => key,
                    Err(other) => other,
                }
            }
            key => key,
        }
    }
}

impl<T> fmt::Debug for ContextVar<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContextVar").field(&self.name).finish()
    }
}

/// What a variable held before it was set. asyncio: `contextvars.Token`.
pub struct VarToken<T> {
    key: usize,
    before: Option<Arc<T>>,
}

impl<T: Clone> VarToken<T> {
    /// The value before the `set`, if there was one.
    pub fn old_value(&self) -> Option<T> {
        self.before.as_deref().cloned()
    }
}

impl<T> fmt::Debug for VarToken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VarToken").field("had_value", &self.before.is_some()).finish()
    }
}
