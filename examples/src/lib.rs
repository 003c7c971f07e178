//! What the examples share: none of it is needed to use asyncio.

mod command_line;
mod numbers;
mod process;
mod py_list;

pub use command_line::Options;
pub use numbers::{grouped, percentile, short};
pub use process::{ProcessStatus, SecondProcess, first_process_ends, raise_descriptor_limit};
pub use py_list::PyList;
