//! This program a second time, and what the system says about processes.

use asyncio::reactor::Async;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::process::{Child, ChildStdout, Command, Stdio};

/// This program, started again with other arguments. It is stopped when this is dropped.
///
/// Its standard input is a pipe from here, so that it also learns of a first process that was
/// killed: see [`first_process_ends`].
#[derive(Debug)]
pub struct SecondProcess {
    child: Child,
    announced: String,
    /// Kept open: the second process may print more, and must not fail for it.
    output: BufReader<ChildStdout>,
}

impl SecondProcess {
    /// Starts it and waits for its first line.
    ///
    /// # Errors
    ///
    /// Where it cannot be started, or ends before it says anything.
    pub fn start(arguments: &[&str]) -> io::Result<SecondProcess> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().map(BufReader::new).ok_or(io::ErrorKind::BrokenPipe)?;
        let mut second = SecondProcess { child, announced: String::new(), output };
        if second.output.read_line(&mut second.announced)? == 0 {
            return Err(io::Error::other("the second process said nothing"));
        }
        Ok(second)
    }

    /// Its first line.
    pub fn announced(&self) -> &str {
        self.announced.trim_end()
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for SecondProcess {
    fn drop(&mut self) {
        // Fails only for a process that has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the second process: waits until the first one has ended, however it did.
///
/// # Errors
///
/// Where standard input cannot be watched.
pub async fn first_process_ends() -> io::Result<()> {
    let input = Async::new(io::stdin())?;
    let mut byte = [0];
    while input.read_with(|mut input| input.read(&mut byte)).await? > 0 {}
    Ok(())
}

/// Raises the limit of open descriptors as far as this process may, but not above `most`, and says
/// how far that is.
pub fn raise_descriptor_limit(most: u64) -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.unwrap_or(u64::MAX).min(most);
    let raised = Rlimit { current: Some(wanted), maximum: limit.maximum };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => wanted,
        Err(_) => limit.current.unwrap_or(u64::MAX),
    }
}

/// What the system says about a process, where it does. The file is kept open, so that it can be
/// read when there are no descriptors left.
#[derive(Debug)]
pub struct ProcessStatus(Option<File>);

impl ProcessStatus {
    /// That of the process with this number.
    pub fn of(process: u32) -> ProcessStatus {
        ProcessStatus(File::open(format!("/proc/{process}/status")).ok())
    }

    /// How many threads it has.
    pub fn threads(&self) -> Option<u64> {
        self.number("Threads:")
    }

    /// How much memory it occupies.
    pub fn resident_bytes(&self) -> Option<u64> {
        Some(self.number("VmRSS:")? * 1024)
    }

    fn number(&self, field: &str) -> Option<u64> {
        let mut status = [0; 4096];
        let length = self.0.as_ref()?.read_at(&mut status, 0).ok()?;
        let status = std::str::from_utf8(&status[..length]).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        line.split_whitespace().next()?.parse().ok()
    }
}
