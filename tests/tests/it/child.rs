//! Tests that need a process of their own: for limits, signals, or a count of threads.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

const MARK: &str = "ASYNCIO_TEST_CHILD";

/// Whether this is the process that [`run`] started.
pub(crate) fn is_child() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the test `name` of this binary again, alone in a process.
pub(crate) fn run(name: &str) -> Output {
    let exe = std::env::current_exe().expect("a test binary has a path");
    let mut command = Command::new(exe);
    command
        .args(["--exact", name, "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .stdin(Stdio::null());
    command.output().expect("the test binary can be started again")
}

/// [`run`], and the test must pass there.
pub(crate) fn must_pass(name: &str) {
    let output = run(name);
    assert!(
        output.status.success(),
        "{name} failed in a process of its own ({}{}):\n{}\n{}",
        output.status,
        output.status.signal().map(|n| format!(", signal {n}")).unwrap_or_default(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}
