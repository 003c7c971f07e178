//! asyncio's Lock, Event, Condition, Semaphore, Barrier and queues, under any executor.
