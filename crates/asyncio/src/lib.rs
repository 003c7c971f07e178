//! Python's asyncio as a Rust runtime: its names, its single-threaded event loop, its semantics.
