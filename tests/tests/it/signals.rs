//! Ctrl-C, with real signals, in a program that has its main thread to itself.

use crate::child;
use std::future::pending;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Output, Stdio};

const SIGINT: i32 = 2;

fn ctrl_c(mode: &str) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ctrl_c"));
    program.arg(mode).stdin(Stdio::null()).output().expect("the program starts")
}

fn text(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).expect("the output is UTF-8").trim_end()
}

#[test]
fn sig_1_a_handler_of_somebody_else_is_left_alone() {
    let output = ctrl_c("taken");
    assert_eq!((text(&output), output.status.code()), ("left alone", Some(0)));
}

#[test]
fn sig_1_outside_the_main_thread_the_signal_is_left_alone() {
    if child::is_child() {
        asyncio::run(async {
            let this = rustix::process::getpid();
            rustix::process::kill_process(this, rustix::process::Signal::INT).unwrap();
            pending::<()>().await
        });
    }
    let output = child::run("signals::sig_1_outside_the_main_thread_the_signal_is_left_alone");
    assert_eq!(output.status.signal(), Some(SIGINT));
}

#[test]
fn sig_3_main_cleans_up_and_the_program_ends_by_the_signal() {
    let output = ctrl_c("clean-up");
    assert_eq!((text(&output), output.status.signal()), ("cleaned up", Some(SIGINT)));
}

#[test]
fn sig_3_also_when_main_spins() {
    assert_eq!(ctrl_c("spin").status.signal(), Some(SIGINT));
}

#[test]
fn sig_3_a_runner_returns_it() {
    let output = ctrl_c("runner");
    assert_eq!((text(&output), output.status.code()), ("cleaned up\ninterrupted true", Some(0)));
}

#[test]
fn sig_4_a_main_that_swallows_it_returns_its_value() {
    let output = ctrl_c("swallow");
    assert_eq!((text(&output), output.status.code()), ("went on", Some(0)));
}

#[test]
fn sig_5_who_was_cancelled_by_others_too_was_not_interrupted() {
    let output = ctrl_c("both");
    assert_eq!(
        (text(&output), output.status.code()),
        ("the main task was cancelled false", Some(0))
    );
}

#[test]
fn sig_6_a_second_one_ends_the_program_at_once() {
    let output = ctrl_c("twice");
    assert_eq!((text(&output), output.status.signal()), ("once", Some(SIGINT)));
}

#[test]
fn sig_7_after_the_run_the_signal_has_its_effect_again() {
    let output = ctrl_c("after");
    assert_eq!((text(&output), output.status.signal()), ("", Some(SIGINT)));
}
