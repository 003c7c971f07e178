//! hyper 1 over asyncio's streams: server, client, executor, timer.
