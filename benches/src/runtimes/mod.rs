//! The runtimes. Each module supplies the same few functions, and gets the scenarios from the macro.

use crate::measure::{Outcome, Params};
use std::net::SocketAddr;

#[cfg(feature = "rivals")]
mod glommio_local;
mod limit;
#[cfg(feature = "rivals")]
mod monoio_legacy;
#[cfg(feature = "rivals")]
mod monoio_uring;
mod ours_local;
mod ours_shared;
#[cfg(feature = "rivals")]
mod smol_local;
#[cfg(feature = "rivals")]
mod tokio_current;

/// Told the address that a server listens at.
pub type Listening = Box<dyn FnOnce(SocketAddr)>;

pub struct Runtime {
    pub name: &'static str,
    pub measure: fn(&str, &Params) -> Option<Outcome>,
    /// Serves echo for ever.
    pub echo: fn(Listening),
}

macro_rules! runtimes {
    ($($(#[$attr:meta])* $name:literal: $module:ident,)*) => {
        /// In the order of the tables.
        pub const ALL: &[Runtime] = &[
            $($(#[$attr])* Runtime { name: $name, measure: $module::measure, echo: $module::echo },)*
        ];
    };
}

runtimes! {
    #[cfg(feature = "rivals")]
    "tokio": tokio_current,
    #[cfg(feature = "rivals")]
    "smol": smol_local,
    #[cfg(feature = "rivals")]
    "glommio": glommio_local,
    #[cfg(feature = "rivals")]
    "monoio": monoio_legacy,
    #[cfg(feature = "rivals")]
    "monoio-uring": monoio_uring,
    "limit": limit,
    "asyncio": ours_local,
    "asyncio-shared": ours_shared,
}
