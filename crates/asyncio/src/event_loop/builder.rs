use super::EventLoop;
use asyncio_context::clock::VirtualClock;
use asyncio_reactor::{Backend, Driver};
use std::io;

/// The properties of a loop to be. Made by [`EventLoop::builder`].
///
/// ```
/// use asyncio::EventLoop;
/// use std::time::Duration;
///
/// let mut event_loop = EventLoop::builder().virtual_time(true).build()?;
/// event_loop.run_until_complete(asyncio::sleep(Duration::from_secs(86_400))).unwrap(); // at once
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct LoopBuilder {
    debug: Option<bool>,
    eager: bool,
    virtual_time: Option<bool>,
    backend: Option<Backend>,
}

impl LoopBuilder {
    /// The loop's debug flag. Default: whether `ASYNCIO_DEBUG` is set to something but `0`.
    #[must_use]
    pub fn debug(mut self, debug: bool) -> LoopBuilder {
        self.debug = Some(debug);
        self
    }

    /// Gives every task its first turn inside the call that makes it (EAG-1); see
    /// [`LoopRef::set_eager_tasks`](crate::LoopRef::set_eager_tasks). asyncio: `eager_task_factory`.
    #[must_use]
    pub fn eager_tasks(mut self, eager: bool) -> LoopBuilder {
        self.eager = eager;
        self
    }

    /// A clock that jumps to the next deadline when nothing else can happen. Default: whether `ASYNCIO_CLOCK` is
    /// `virtual`.
    #[must_use]
    pub fn virtual_time(mut self, virtual_time: bool) -> LoopBuilder {
        self.virtual_time = Some(virtual_time);
        self
    }

    /// How the driver asks the operating system, in real time. Default: what `ASYNCIO_DRIVER` says, or else the best one.
    #[must_use]
    pub fn backend(mut self, backend: Backend) -> LoopBuilder {
        self.backend = Some(backend);
        self
    }

    /// Makes the loop.
    ///
    /// # Errors
    ///
    /// Those of the system when descriptors run out (it takes two).
    pub fn build(self) -> io::Result<EventLoop> {
        let variable = |name| std::env::var(name).unwrap_or_default();
        let debug =
            self.debug.unwrap_or_else(|| !["", "0"].contains(&variable("ASYNCIO_DEBUG").as_str()));
        let driver = if self.virtual_time.unwrap_or_else(|| variable("ASYNCIO_CLOCK") == "virtual")
        {
            Driver::virtual_time(VirtualClock::new())?
        } else {
            Driver::with(self.backend.unwrap_or_else(Backend::from_env))?
        };
        let event_loop = EventLoop::with(driver, debug);
        event_loop.state.executor.set_eager_tasks(self.eager);
        Ok(event_loop)
    }
}
