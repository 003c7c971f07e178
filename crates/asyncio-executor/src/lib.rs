//! The executors of asyncio: loop tasks without atomics, shared tasks on any number of threads.
