//! The executors of asyncio: loop tasks without atomics, shared tasks on any number of threads.

mod handle;
mod local;
mod loop_task;
mod shared;
mod spawn;
mod sync;
mod waitable;

pub use handle::{AbortOnDrop, Builder, Joining, SharedJoining, SharedResult, SharedTask, Task};
pub use local::{Entered, Handle, LocalExecutor, LoopClosed, Park, Remote, ThreadPark, Turn};
pub use shared::Executor;
pub use spawn::{
    Job, LocalJob, LocalSpawn, LocalSpawnGuard, Spawn, SpawnGuard, all_tasks, create_task,
    install_local_spawn, install_spawn, spawn, spawn_hidden,
};
pub use waitable::{Shieldable, Shielded, Waitable};
