//! The driver of threads that have none: a thread of its own, started on first use.

use super::{Driver, Handle};
use asyncio_context::report::{self, Report};
use std::io;
use std::sync::mpsc;
use std::thread;

static FALLBACK: std::sync::Mutex<Option<Handle>> = std::sync::Mutex::new(None);

/// The thread's driver. In a forked child the parent's is of no use, and a new one starts.
pub(super) fn handle() -> io::Result<Handle> {
    let mut fallback = FALLBACK.lock().unwrap_or_else(|e| e.into_inner());
    if let Some(handle) = fallback.as_ref().filter(|handle| handle.is_alive()) {
        return Ok(handle.clone());
    }
    let handle = start()?;
    *fallback = Some(handle.clone());
    Ok(handle)
}

fn start() -> io::Result<Handle> {
    let (sender, receiver) = mpsc::sync_channel(1);
    // A driver stays on the thread that made it, so the thread makes it and reports back.
    thread::Builder::new().name("asyncio-reactor".into()).spawn(move || match Driver::new() {
        Ok(mut driver) => {
            let _ = sender.send(Ok(driver.handle()));
            drop(sender);
            drive(&mut driver);
        }
        Err(error) => drop(sender.send(Err(error))),
    })?;
    receiver.recv().unwrap_or_else(|_| Err(io::Error::other("the driver thread panicked")))
}

fn drive(driver: &mut Driver) {
    loop {
        if let Err(error) = driver.turn(None) {
            // The driver closes when it is dropped, and whoever waits for it wakes up and starts
            // another: an error is seen again or gone, and nobody hangs.
            report::report(Report::new("the driver thread failed").error(error));
            return;
        }
    }
}
