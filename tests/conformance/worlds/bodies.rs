//! The behaviours, in the world that loads this file.

use super::*;

#[path = "../primitives/barrier.rs"]
mod barrier;
#[path = "../primitives/bounded_semaphore.rs"]
mod bounded_semaphore;
#[path = "../primitives/condition.rs"]
mod condition;
#[path = "../primitives/event.rs"]
mod event;
#[path = "../primitives/lock.rs"]
mod lock;
#[path = "../primitives/semaphore.rs"]
mod semaphore;

#[path = "../queues/errors.rs"]
mod errors;
#[path = "../queues/join.rs"]
mod join;
#[path = "../queues/orders.rs"]
mod orders;
#[path = "../queues/queue.rs"]
mod queue;
#[path = "../queues/shutdown.rs"]
mod shutdown;
