//! Servers: what accepts connections and calls a handler for each.

mod accept;
mod handle;
mod members;
mod serving;
mod shared;
mod start;
mod wait;

pub use accept::rest_after;
pub(crate) use members::Membership;
pub use serving::Server;
pub use start::{StartServer, start_server, start_unix_server};
pub use wait::ServerClosed;
