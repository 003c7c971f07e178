//! Context variables: values that go with a task instead of with a thread.

use crate::frame;
use std::any::Any;
use std::cell::Cell;
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

type Value = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
struct Entry {
    key: usize,
    inherited: bool,
    value: Value,
}

/// The context variables of a task, or a copy of them. asyncio: `contextvars.Context`.
///
/// A copy costs a reference count; the first change after it copies the list.
#[derive(Clone, Default)]
pub struct Context {
    /// `None`: nothing was ever set, and a spawn copies nothing.
    vars: Option<Arc<Vec<Entry>>>,
}

impl Context {
    /// An empty context: every variable has its default.
    pub const fn new() -> Context {
        Context { vars: None }
    }

    /// Runs `f` with these variables. What `f` sets stays in this context, and the caller's own
    /// variables are as they were. asyncio: `Context.run`.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let _swapped = Swapped::enter(self);
        f()
    }

    /// Without the variables that tasks do not inherit.
    #[inline]
    pub(crate) fn inherited(self) -> Context {
        if self.vars.is_none() { self } else { self.only_inherited() }
    }

    #[cold]
    fn only_inherited(self) -> Context {
        match &self.vars {
            Some(vars) if vars.iter().any(|entry| !entry.inherited) => {
                let kept = vars.iter().filter(|entry| entry.inherited).cloned().collect();
                Context { vars: Some(Arc::new(kept)) }
            }
            _ => self,
        }
    }

    fn get(&self, key: usize) -> Option<Value> {
        let vars = self.vars.as_ref()?;
        vars.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
    }

    /// The value before is handed out: it may not be dropped while the context is borrowed.
    fn set(&mut self, entry: Entry) -> Option<Value> {
        let vars = Arc::make_mut(self.vars.get_or_insert_default());
        match vars.iter_mut().find(|old| old.key == entry.key) {
            Some(old) => Some(std::mem::replace(&mut old.value, entry.value)),
            None => {
                vars.push(entry);
                None
            }
        }
    }

    fn remove(&mut self, key: usize) -> Option<Value> {
        let vars = Arc::make_mut(self.vars.as_mut()?);
        let at = vars.iter().position(|entry| entry.key == key)?;
        Some(vars.swap_remove(at).value)
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = self.vars.as_ref().map_or(0, |vars| vars.len());
        f.debug_struct("Context").field("set", &set).finish()
    }
}

/// The variables of a running task.
///
/// One word, as it stands in every task: it has no flag that says "borrowed". Nothing that is done
/// under [`edit`](VarsCell::edit) runs a user's code, so no second one begins inside it.
pub(crate) struct VarsCell(Cell<Context>);

impl VarsCell {
    #[inline]
    pub(crate) const fn new(vars: Context) -> VarsCell {
        VarsCell(Cell::new(vars))
    }

    #[inline]
    fn edit<R>(&self, f: impl FnOnce(&mut Context) -> R) -> R {
        let mut vars = self.0.take();
        let done = f(&mut vars);
        self.0.set(vars);
        done
    }
}

impl fmt::Debug for VarsCell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.edit(|vars| vars.fmt(f))
    }
}

thread_local! {
    /// The context of code outside any task.
    static BASE: VarsCell = const { VarsCell::new(Context::new()) };
}

#[inline]
fn with_vars<R>(f: impl FnOnce(&VarsCell) -> R) -> R {
    frame::with(|frame| match frame {
        Some(frame) => f(frame.vars),
        None => base(f),
    })
}

/// Past the end of the thread's locals, when the last values' destructors run, there is an empty
/// context.
fn base<R>(f: impl FnOnce(&VarsCell) -> R) -> R {
    let mut f = Some(f);
    match BASE.try_with(|vars| f.take().map(|f| f(vars))) {
        Ok(Some(done)) => done,
        _ => f.take().expect("it was not called")(&VarsCell::new(Context::new())),
    }
}

/// Swaps a context with the current one, and back when dropped, also when the call unwinds.
struct Swapped<'a>(&'a mut Context);

impl<'a> Swapped<'a> {
    fn enter(context: &'a mut Context) -> Swapped<'a> {
        with_vars(|vars| vars.edit(|vars| std::mem::swap(vars, context)));
        Swapped(context)
    }
}

impl Drop for Swapped<'_> {
    fn drop(&mut self) {
        with_vars(|vars| vars.edit(|vars| std::mem::swap(vars, self.0)));
    }
}

/// A copy of the variables as they are here and now. asyncio: `copy_context`.
///
/// ```
/// asyncio_context::context_var! { static STEP: u32 = 0; }
///
/// let mut copy = asyncio_context::copy_context();
/// assert_eq!(copy.run(|| { STEP.set(1); STEP.get() }), 1);
/// assert_eq!(STEP.get(), 0);
/// assert_eq!(copy.run(|| STEP.get()), 1);
/// ```
#[inline]
pub fn copy_context() -> Context {
    with_vars(|vars| vars.edit(|vars| vars.clone()))
}
