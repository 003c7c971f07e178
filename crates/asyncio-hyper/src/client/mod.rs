//! The HTTP client: connections that are kept, requests, responses.

mod body;
mod error;
mod pool;
mod request;
mod response;

pub use body::Body;
pub use error::Error;
pub use request::Client;
pub use response::Response;
