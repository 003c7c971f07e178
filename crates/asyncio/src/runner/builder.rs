use super::Runner;
use crate::event_loop::LoopBuilder;
use asyncio_reactor::Backend;
use std::io;

/// The properties of a runner to be. Made by [`Runner::builder`].
///
/// ```
/// use asyncio::Runner;
///
/// let mut runner = Runner::builder().debug(true).build()?;
/// assert!(runner.get_loop().debug());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct RunnerBuilder {
    config: LoopBuilder,
}

impl RunnerBuilder {
    /// The loop's debug flag. Default: whether `ASYNCIO_DEBUG` is set to something but `0`.
    #[must_use]
    pub fn debug(self, debug: bool) -> RunnerBuilder {
        RunnerBuilder { config: self.config.debug(debug) }
    }

    /// A clock that jumps to the next deadline when nothing else can happen. Default: whether `ASYNCIO_CLOCK` is
    /// `virtual`.
    #[must_use]
    pub fn virtual_time(self, virtual_time: bool) -> RunnerBuilder {
        RunnerBuilder { config: self.config.virtual_time(virtual_time) }
    }

    /// How the driver asks the operating system. Default: what `ASYNCIO_DRIVER` says, or else the best one.
    #[must_use]
    pub fn backend(self, backend: Backend) -> RunnerBuilder {
        RunnerBuilder { config: self.config.backend(backend) }
    }

    /// Makes the runner, and its loop.
    ///
    /// # Errors
    ///
    /// Those of the system when descriptors run out (a loop takes two).
    pub fn build(self) -> io::Result<Runner> {
        let event_loop = self.config.clone().build()?;
        let mut runner = Runner::with(self.config);
        runner.event_loop = Some(event_loop);
        Ok(runner)
    }
}
