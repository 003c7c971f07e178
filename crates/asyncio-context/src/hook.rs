use std::any::Any;
use std::fmt;
use std::sync::{Arc, RwLock};

/// What has to be set up on every thread that polls tasks: a foreign runtime's context, a tracing
/// dispatcher, a processor to be pinned to.
pub trait ThreadHook: Send + Sync + 'static {
    /// Called on a thread before it polls its first task. What is returned is dropped there when
    /// the thread has polled its last.
    fn enter(&self) -> Box<dyn Any>;
}

static HOOKS: RwLock<Vec<Arc<dyn ThreadHook>>> = RwLock::new(Vec::new());

/// Adds a hook for all threads that begin to poll from now on.
pub fn install_thread_hook(hook: Arc<dyn ThreadHook>) {
    HOOKS.write().unwrap_or_else(|e| e.into_inner()).push(hook);
}

/// Enters the program's hooks on this thread. An executor keeps the guard as long as it polls.
pub fn enter_thread() -> ThreadGuard {
    // Cloned first: a hook is user code and may install another.
    let hooks = HOOKS.read().unwrap_or_else(|e| e.into_inner()).clone();
    ThreadGuard { entered: hooks.iter().map(|hook| hook.enter()).collect() }
}

/// Leaves the hooks, last entered first, when dropped.
pub struct ThreadGuard {
    entered: Vec<Box<dyn Any>>,
}

impl Drop for ThreadGuard {
    fn drop(&mut self) {
        while let Some(guard) = self.entered.pop() {
            drop(guard);
        }
    }
}

impl fmt::Debug for ThreadGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ThreadGuard").field("hooks", &self.entered.len()).finish()
    }
}
