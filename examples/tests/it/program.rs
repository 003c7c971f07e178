//! Starting an example, talking to it, and reading what it prints.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::{Duration, Instant};

/// No example takes as long. One that does is killed, and its test fails.
const TOO_LONG: Duration = Duration::from_secs(60);

static MACHINE: RwLock<()> = RwLock::new(());

/// For a test that measures time: no other test of this binary runs meanwhile.
pub(crate) fn alone() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().unwrap_or_else(|e| e.into_inner())
}

/// For all others.
pub(crate) fn beside_others() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().unwrap_or_else(|e| e.into_inner())
}

/// An example that was started. It is killed when this is dropped.
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    output: BufReader<ChildStdout>,
    began: Instant,
    _watchdog: Sender<()>,
}

/// What it printed, and how long that took.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<String>,
    pub(crate) errors: String,
    pub(crate) took: Duration,
}

/// Cargo puts the examples of a package beside the directory of its test binaries.
fn path_of(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test binary has a path");
    let profile =
        test.parent().and_then(|deps| deps.parent()).expect("it lies in target/PROFILE/deps");
    profile.join("examples").join(name)
}

impl Program {
    pub(crate) fn start(
        name: &'static str,
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) -> Program {
        let mut child = Command::new(path_of(name))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start the example {name}: {e}"));
        let output = BufReader::new(child.stdout.take().expect("its output is piped"));
        let (watchdog, ended) = channel();
        let pid = Pid::from_child(&child);
        thread::spawn(move || {
            if ended.recv_timeout(TOO_LONG) == Err(RecvTimeoutError::Timeout) {
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Program { name, child, output, began: Instant::now(), _watchdog: watchdog }
    }

    /// The next line that it prints.
    pub(crate) fn line(&mut self) -> String {
        if let Some(line) = self.read(1).pop() {
            return line;
        }
        let errors = self.errors();
        panic!("{} has ended: {errors}", self.name)
    }

    /// Types a line.
    pub(crate) fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("its input was not closed");
        writeln!(input, "{line}").expect("it reads its input");
    }

    /// Ends its input, as Ctrl-D does.
    pub(crate) fn end_input(&mut self) {
        self.child.stdin = None;
    }

    /// Sends the signal of Ctrl-C.
    pub(crate) fn interrupt(&self) {
        kill_process(Pid::from_child(&self.child), Signal::INT).expect("it is running");
    }

    /// Reads to the end of the output and expects success.
    pub(crate) fn finish(mut self) -> Outcome {
        self.end_input();
        let lines = self.read(usize::MAX);
        let errors = self.errors();
        let status = self.child.wait().expect("a started child can be waited for");
        assert!(status.success(), "{} ended with {status} after {lines:?}: {errors}", self.name);
        Outcome { lines, errors, took: self.began.elapsed() }
    }

    /// Reads `count` lines, then stops the program.
    pub(crate) fn stop_after(mut self, count: usize) -> Outcome {
        let lines = self.read(count);
        Outcome { lines, errors: String::new(), took: self.began.elapsed() }
    }

    fn read(&mut self, count: usize) -> Vec<String> {
        let lines = self.output.by_ref().lines().take(count);
        lines.collect::<Result<_, _>>().expect("the output is UTF-8")
    }

    fn errors(&mut self) -> String {
        let mut errors = String::new();
        if let Some(mut pipe) = self.child.stderr.take() {
            pipe.read_to_string(&mut errors).expect("what it complains of is UTF-8");
        }
        errors
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Does nothing to one that has been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where tests are run in the background of a shell, Ctrl-C is ignored, and children inherit that.
pub(crate) fn ctrl_c_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_none_or(|mask| mask & (1 << (Signal::INT.as_raw() - 1)) != 0)
}
