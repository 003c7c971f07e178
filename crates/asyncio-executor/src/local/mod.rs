//! One thread's loop.

pub(crate) mod callback;
mod executor;
mod main_task;
mod park;
mod remote;
mod turn;
mod watched;

pub use callback::Handle;
pub(crate) use executor::hide;
pub use executor::{Entered, LocalExecutor};
pub use park::{Park, ThreadPark};
pub use remote::{LoopClosed, Remote};
pub use turn::Turn;
