//! Ctrl-C for the duration of a run.
//!
//! The first SIGINT cancels the main task, a second one (or a first one after main is done) has the effect it has in
//! a program without handlers. The handler touches one atomic number and the driver's notifier, nothing else.

use asyncio_context::TaskRef;
use signal_hook::consts::SIGINT;
use signal_hook::low_level::{self, emulate_default_handler};
use std::cell::Cell;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::task::Waker;

/// Whether a run takes the signal. While none does, the registry's handler, which once installed stays, must do what the
/// system would.
static TAKEN: AtomicBool = AtomicBool::new(false);
static FALLBACK: Once = Once::new();

/// A run's hold on SIGINT, given back when dropped.
#[derive(Debug)]
pub(crate) struct Interrupt {
    hits: Arc<AtomicUsize>,
    action: signal_hook::SigId,
    main: TaskRef,
    cancelled_main: Cell<bool>,
}

impl Interrupt {
    /// Takes the signal, if this is the main thread and nobody else has it (SIG-1). `notifier` ends the loop's sleep; its
    /// `wake_by_ref` must be fit for a signal handler.
    pub(crate) fn take(main: TaskRef, notifier: Waker) -> Option<Interrupt> {
        if std::thread::current().name() != Some("main")
            || TAKEN.load(Ordering::Acquire)
            || !is_free()
        {
            return None;
        }
        FALLBACK.call_once(|| {
            // Where signals cannot be had the run goes on without (SIG-2).
            let _ = register(|| {
                if !TAKEN.load(Ordering::Acquire) {
                    let _ = emulate_default_handler(SIGINT);
                }
            });
        });
        let hits = Arc::new(AtomicUsize::new(0));
        let seen = hits.clone();
        let action = register(move || {
            if seen.fetch_add(1, Ordering::AcqRel) == 0 {
                notifier.wake_by_ref();
            } else {
                let _ = emulate_default_handler(SIGINT);
            }
        })
        .ok()?;
        TAKEN.store(true, Ordering::Release);
        Some(Interrupt { hits, action, main, cancelled_main: Cell::new(false) })
    }

    /// Cancels the main task if the signal has come; the loop looks once a turn, and before and after it
    /// sleeps.
    pub(crate) fn look(&self) {
        if self.hits.load(Ordering::Acquire) > 0 && !self.cancelled_main.get() {
            self.cancelled_main.set(true);
            self.main.cancel();
        }
    }

    /// Main is done. Whether it was cancelled by the signal and by nobody else (SIG-5).
    pub(crate) fn main_is_done(&self) -> bool {
        // From here on even a first signal is not held back (SIG-6).
        self.hits.fetch_add(1, Ordering::AcqRel);
        self.cancelled_main.get() && self.main.uncancel() == 0
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        TAKEN.store(false, Ordering::Release);
        low_level::unregister(self.action);
    }
}

/// Ends the program the way an unhandled SIGINT does.
pub(crate) fn raise_again() {
    let _ = emulate_default_handler(SIGINT);
}

#[allow(unsafe_code, reason = "a signal handler is registered; see SAFETY")]
fn register(action: impl Fn() + Send + Sync + 'static) -> io::Result<signal_hook::SigId> {
    // SAFETY: a signal handler may only do what is async-signal-safe. Both actions above load and add to atomics, then
    // either write eight bytes to a descriptor (the driver's notifier: no lock, no allocation) or call
    // `emulate_default_handler`, which is made for this. Neither allocates, locks or panics.
    unsafe { low_level::register(SIGINT, action) }
}

/// Whether SIGINT still has its default action: another handler is left alone.
#[cfg(target_os = "linux")]
fn is_free() -> bool {
    if FALLBACK.is_completed() {
        return true;
    }
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else { return true };
    let taken = status
        .lines()
        .filter_map(|line| line.strip_prefix("SigCgt:").or_else(|| line.strip_prefix("SigIgn:")))
        .filter_map(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .any(|mask| mask & (1 << (SIGINT - 1)) != 0);
    !taken
}

/// Nothing here tells without unsafe code who has the signal; the registry chains to whoever does.
#[cfg(not(target_os = "linux"))]
fn is_free() -> bool {
    true
}
