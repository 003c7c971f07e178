//! Where the behaviours of the primitives and the queues are run: one text of each behaviour, in both
//! confinements, under the two executors of ours, under async-executor and under tokio.
//!
//! A world says what `Lock`, `Queue` ... are, and how to `run` a main future and `spawn` a task.
//! Every task is `recorded`, so that it can be asked to stop whoever runs it. `bodies` lists the
//! behaviours, which each world loads anew.
//!
//! Nothing in them waits for time. Where two threads might differ, a test waits `until` it sees
//! what it needs, or polls the futures itself ([`stage::Hand`]).

mod stage;

mod async_executor_local;
mod async_executor_threads;
mod our_executor;
mod our_loop;
mod our_loop_shared;
mod tokio_local;
mod tokio_threads;
