use super::Shared;
use std::sync::Arc;

/// Names a [`Driver`](crate::Driver), on any thread.
///
/// ```
/// use asyncio_reactor::{Driver, Sleep};
/// use std::time::Duration;
///
/// let driver = Driver::new()?;
/// let handle = driver.handle();
/// let nap = Sleep::with_handle(Duration::from_secs(1), &handle); // wherever it is polled
/// # drop(nap);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Handle(pub(crate) Arc<Shared>);

impl Handle {
    /// Wakes the driver: the turn that waits, or the next one, does not wait.
    pub fn notify(&self) {
        self.0.notify();
    }

    /// Whether the driver is still there, in this process. A leaf that names one that is not looks
    /// for another.
    pub fn is_alive(&self) -> bool {
        self.0.is_ours() && !self.0.is_closed()
    }
}

impl PartialEq for Handle {
    fn eq(&self, other: &Handle) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Handle {}
