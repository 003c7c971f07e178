//! Bad input and faults: each ends in a clear error or a documented panic, and the loop goes on.

mod inputs;
mod panics;
mod sockets;
