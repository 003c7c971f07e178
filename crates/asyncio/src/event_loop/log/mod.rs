//! Where reports go that no handler takes: the `log` facade with the feature of that name, else standard error.

#[cfg(feature = "log")]
mod enabled;
#[cfg(feature = "log")]
pub(super) use enabled::say;

#[cfg(not(feature = "log"))]
mod disabled;
#[cfg(not(feature = "log"))]
pub(super) use disabled::say;
