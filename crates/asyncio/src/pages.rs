//! The README and the pages of `docs/` are doc tests.

macro_rules! pages {
    ($($name:ident $path:literal,)*) => {
        $(#[doc = include_str!($path)] struct $name;)*
    };
}

pages! {
    CrateReadme "../README.md",
    Readme "../../../README.md",
    Cancellation "../../../docs/cancellation.md",
    EventLoop "../../../docs/event-loop.md",
    ForPythonProgrammers "../../../docs/for-python-programmers.md",
    Groups "../../../docs/groups.md",
    Queues "../../../docs/queues.md",
    Runners "../../../docs/runners.md",
    Streams "../../../docs/streams.md",
    Synchronization "../../../docs/synchronization.md",
    Tasks "../../../docs/tasks.md",
    Threads "../../../docs/threads.md",
}
