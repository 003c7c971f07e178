//! The values of all variables, of a task or outside one.

use crate::frame;
use std::any::Any;
use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

pub(super) type Value = Arc<dyn Any + Send + Sync>;

#[derive(Clone)]
pub(super) struct Entry {
    pub(super) key: usize,
    pub(super) inherited: bool,
    pub(super) value: Value,
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

    /// Without the variables declared `not inherited`: what a task or a callback that is made here begins with.
    #[inline]
    #[must_use]
    pub fn inherited(self) -> Context {
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

    pub(super) fn get(&self, key: usize) -> Option<Value> {
        let vars = self.vars.as_ref()?;
        vars.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
    }

    /// The value before is handed out: it may not be dropped while the context is borrowed.
    pub(super) fn set(&mut self, entry: Entry) -> Option<Value> {
        let vars = Arc::make_mut(self.vars.get_or_insert_default());
        match vars.iter_mut().find(|old| old.key == entry.key) {
            Some(old) => Some(std::mem::replace(&mut old.value, entry.value)),
            None => {
                vars.push(entry);
                None
            }
        }
    }

    pub(super) fn remove(&mut self, key: usize) -> Option<Value> {
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
    fn is_empty(&self) -> bool {
        let vars = self.0.take();
        let empty = vars.vars.is_none();
        self.0.set(vars);
        empty
    }

    #[inline]
    pub(super) fn edit<R>(&self, f: impl FnOnce(&mut Context) -> R) -> R {
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
pub(super) fn with_vars<R>(f: impl FnOnce(&VarsCell) -> R) -> R {
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
    // Nearly always there is nothing to copy.
    if frame::with(|frame| frame.is_some_and(|frame| frame.vars.is_empty())) {
        return Context::new();
    }
    with_vars(|vars| vars.edit(|vars| vars.clone()))
}
