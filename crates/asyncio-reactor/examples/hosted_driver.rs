//! A driver inside a loop that is not ours: the host waits with `poll(2)` for its own descriptors
//! and for the driver's, as a window system would.
//!
//! ```text
//! cargo run -p asyncio-reactor --example hosted_driver
//! ```

use asyncio_reactor::{Driver, interval};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::AsFd;
use std::task::Context;
use std::time::{Duration, Instant};

fn main() -> io::Result<()> {
    let mut driver = Driver::new()?;
    driver.set_hosted()?;
    let _entered = driver.enter();
    let notifier = driver.notifier();
    let mut cx = Context::from_waker(&notifier);

    let start = Instant::now();
    let mut beat = interval(Duration::from_millis(50));
    let mut ticks = 0;
    while ticks < 5 {
        while beat.poll_tick(&mut cx).is_ready() {
            println!("tick {ticks} after {:?}", start.elapsed());
            ticks += 1;
        }
        // The host's part: wait for whatever it has, the driver's descriptor, and its deadline.
        let wait = driver.next_deadline().map(|at| at.saturating_duration_since(Instant::now()));
        let timeout = wait.map(|wait| Timespec {
            tv_sec: wait.as_secs() as i64,
            tv_nsec: wait.subsec_nanos().into(),
        });
        poll(&mut [PollFd::from_borrowed_fd(driver.as_fd(), PollFlags::IN)], timeout.as_ref())?;
        driver.turn(Some(Duration::ZERO))?;
    }
    Ok(())
}
