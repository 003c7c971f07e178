use asyncio_context::clock;
use asyncio_reactor::{Sleep, sleep_until};
use hyper::rt::Timer;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// hyper's timeouts on the loop's timers, and on its clock: under virtual time they take none.
///
/// ```
/// use asyncio_hyper::LoopTimer;
/// use std::time::Duration;
///
/// let mut http = hyper::server::conn::http1::Builder::new();
/// http.timer(LoopTimer).header_read_timeout(Duration::from_secs(5));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LoopTimer;

/// Our sleep with hyper's mark on it.
struct Marked(Sleep);

impl hyper::rt::Sleep for Marked {}

impl Future for Marked {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx)
    }
}

impl Timer for LoopTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Marked(asyncio_reactor::sleep(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn hyper::rt::Sleep>> {
        Box::pin(Marked(sleep_until(deadline)))
    }

    fn now(&self) -> Instant {
        clock::now()
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn hyper::rt::Sleep>>, deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<Marked>() {
            Some(marked) => marked.get_mut().0.reset(deadline),
            None => *sleep = self.sleep_until(deadline),
        }
    }
}
