//! Starting an example and reading what it prints.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// An example that was started, with its standard output.
pub(crate) struct Program {
    name: &'static str,
    child: Child,
    began: Instant,
}

/// What it printed, and how long that took.
pub(crate) struct Outcome {
    pub(crate) lines: Vec<String>,
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
        let child = Command::new(path_of(name))
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start the example {name}: {e}"));
        Program { name, child, began: Instant::now() }
    }

    /// Reads to the end of the output and expects success.
    pub(crate) fn finish(mut self) -> Outcome {
        let lines = self.read(usize::MAX);
        let status = self.child.wait().expect("a started child can be waited for");
        assert!(status.success(), "{} ended with {status} after {lines:?}", self.name);
        Outcome { lines, took: self.began.elapsed() }
    }

    /// Reads `count` lines, then stops the program.
    pub(crate) fn stop_after(mut self, count: usize) -> Outcome {
        let lines = self.read(count);
        let took = self.began.elapsed();
        self.child.kill().expect("it is still running");
        self.child.wait().expect("a started child can be waited for");
        Outcome { lines, took }
    }

    fn read(&mut self, count: usize) -> Vec<String> {
        let output = self.child.stdout.take().expect("its output is piped and read once");
        BufReader::new(output)
            .lines()
            .take(count)
            .collect::<Result<_, _>>()
            .expect("the output is UTF-8")
    }
}
