//! Ctrl-C: real signals, in a program of its own.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

const SIGINT: i32 = 2;

/// What the program said in this mode, its exit code, and the signal that ended it.
fn interrupted(mode: &str) -> (String, Option<i32>, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_ctrl_c"))
        .arg(mode)
        .stdin(Stdio::null())
        .output()
        .expect("the program starts");
    let text = String::from_utf8(output.stdout).expect("the output is UTF-8");
    (text.trim_end().to_owned(), output.status.code(), output.status.signal())
}

fn exits(text: &str) -> (String, Option<i32>, Option<i32>) {
    (text.to_owned(), Some(0), None)
}

fn ends_by_the_signal(text: &str) -> (String, Option<i32>, Option<i32>) {
    (text.to_owned(), None, Some(SIGINT))
}

#[test]
fn sig_1_who_has_the_signal_already_keeps_it() {
    assert_eq!(interrupted("taken"), exits("left alone"));
}

#[test]
fn sig_3_main_cleans_up_and_the_program_ends_by_the_signal() {
    assert_eq!(interrupted("clean-up"), ends_by_the_signal("cleaned up"));
}

#[test]
fn sig_3_also_when_main_spins() {
    assert_eq!(interrupted("spin"), ends_by_the_signal(""));
}

#[test]
fn sig_3_a_runner_says_that_it_was_interrupted() {
    assert_eq!(interrupted("runner"), exits("cleaned up\ninterrupted true"));
}

#[test]
fn sig_4_main_may_swallow_it() {
    assert_eq!(interrupted("swallow"), exits("went on"));
}

#[test]
fn sig_5_who_was_cancelled_by_others_too_was_not_interrupted() {
    assert_eq!(interrupted("both"), exits("the main task was cancelled false"));
}

#[test]
fn sig_6_a_second_one_has_its_effect_at_once() {
    assert_eq!(interrupted("twice"), ends_by_the_signal("once"));
}

#[test]
fn diff_sig_7_afterwards_the_signal_has_its_default_effect() {
    assert_eq!(interrupted("after"), ends_by_the_signal(""));
}
