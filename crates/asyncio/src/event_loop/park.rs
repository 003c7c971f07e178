//! What joins the executor and the driver: the loop waits where the driver does.

use super::state::State;
use asyncio_executor::Park;
use asyncio_reactor::{Driver, Entered};
use std::io;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::{Duration, Instant};

pub(super) struct LoopPark<'a> {
    state: &'a State,
    driver: &'a mut Driver,
    host: Option<&'a HostWaker>,
    _entered: Entered,
}

impl<'a> LoopPark<'a> {
    pub(super) fn new(
        state: &'a State,
        driver: &'a mut Driver,
        host: Option<&'a HostWaker>,
    ) -> LoopPark<'a> {
        let entered = driver.enter();
        LoopPark { state, driver, host, _entered: entered }
    }

    pub(super) fn notifier(&self) -> Waker {
        self.driver.notifier()
    }

    pub(super) fn set_hosted(&mut self) -> io::Result<()> {
        self.driver.set_hosted()
    }
}

impl Park for LoopPark<'_> {
    fn park(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        self.state.look_for_interrupt();
        self.driver.turn(timeout)?;
        self.state.look_for_interrupt();
        Ok(())
    }

    fn look(&mut self) -> io::Result<()> {
        self.state.look_for_interrupt();
        self.driver.look()
    }

    fn unparker(&self) -> Waker {
        match self.host {
            Some(host) => host.0.clone(),
            None => self.driver.notifier(),
        }
    }

    fn has_outside(&self) -> bool {
        !self.driver.is_idle() || self.state.stop.get()
    }

    fn next_deadline(&self) -> Option<Instant> {
        self.driver.next_deadline()
    }
}

/// Wakes the driver, and the host that may sleep around it.
#[derive(Debug)]
pub(super) struct HostWaker(Waker);

struct Both(Waker, Waker);

impl HostWaker {
    pub(super) fn new(driver: Waker, host: Waker) -> HostWaker {
        HostWaker(Waker::from(Arc::new(Both(driver, host))))
    }
}

impl Wake for Both {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.wake_by_ref();
        self.1.wake_by_ref();
    }
}
