//! Ctrl-C, with real signals in processes of their own.

use crate::child;
use asyncio::{Runner, catch_cancel, get_running_loop, sleep, with_cleanup};
use std::future::pending;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

const SIGINT: i32 = 2;

fn interrupt_this_process() {
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT).unwrap();
}

/// Test threads are not the main thread, where alone Ctrl-C is taken; a program is run instead.
fn run_program(name: &str) -> std::process::Output {
    child::run(name)
}

#[test]
fn sig_1_outside_the_main_thread_the_signal_is_left_alone() {
    if child::is_child() {
        asyncio::run(async {
            interrupt_this_process();
            pending::<()>().await
        });
    }
    if !child::is_child() {
        let output = run_program("signals::sig_1_outside_the_main_thread_the_signal_is_left_alone");
        assert_eq!(output.status.signal(), Some(SIGINT));
    }
}
