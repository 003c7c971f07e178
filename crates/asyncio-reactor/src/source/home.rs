//! Where a source is registered.

use super::{Interest, Source};
use crate::driver::Shared;
use crate::poller::Token;
use rustix::io::Errno;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::Arc;

/// The registration of a source with a driver.
#[derive(Debug)]
pub(crate) struct Home {
    driver: Arc<Shared>,
    token: Token,
    fd: RawFd,
    /// A second descriptor of the same file, where the first was registered by somebody else.
    duplicate: Option<OwnedFd>,
    /// Whether writability is reported.
    write: bool,
    /// A regular file: the system refuses to watch what never blocks.
    always_ready: bool,
}

impl Home {
    /// Registers `source`. Also says whether it is a stream that a short count drains.
    pub(crate) fn enter(
        driver: &Arc<Shared>,
        source: &Arc<Source>,
        fd: BorrowedFd<'_>,
        interest: Interest,
    ) -> io::Result<(Home, bool)> {
        let tcp = is_tcp(fd);
        let write = tcp || interest == Interest::Writable;
        let token = driver.insert(source)?;
        let (mut duplicate, mut always_ready) = (None, false);
        let mut result = driver.poller.add(fd, token, write);
        if is(&result, Errno::EXIST) {
            // The number is registered already, by another source over the same descriptor. The
            // driver's table is by number and file, so another number will do.
            result = fd.try_clone_to_owned().and_then(|second| {
                driver.poller.add(second.as_fd(), token, write)?;
                duplicate = Some(second);
                Ok(())
            });
        }
        if is(&result, Errno::PERM) {
            (result, always_ready) = (Ok(()), true);
        }
        if let Err(error) = result {
            driver.remove(token);
            return Err(error);
        }
        let home = Home {
            driver: driver.clone(),
            token,
            fd: fd.as_raw_fd(),
            duplicate,
            write,
            always_ready,
        };
        Ok((home, tcp && driver.poller.exact()))
    }

    /// Extends the registration to what is waited for.
    pub(crate) fn arm(&mut self, fd: BorrowedFd<'_>, read: bool, write: bool) -> io::Result<()> {
        if !self.driver.poller.one_shot() && (self.write || !write) {
            return Ok(());
        }
        let fd = self.duplicate.as_ref().map_or(fd, |duplicate| duplicate.as_fd());
        self.driver.poller.modify(fd, self.token, read, write)?;
        self.write |= write;
        Ok(())
    }

    /// Ends the registration.
    pub(crate) fn leave(self, fd: BorrowedFd<'_>) {
        self.driver.remove(self.token);
        let fd = self.duplicate.as_ref().map_or(fd, |duplicate| duplicate.as_fd());
        let same = self.duplicate.is_some() || fd.as_raw_fd() == self.fd;
        // In a forked child the registration is the parent's.
        if same && !self.always_ready && self.driver.is_ours() {
            // It fails if the descriptor was closed behind our back, and then it is gone as well.
            let _ = self.driver.poller.delete(fd);
        }
    }

    pub(crate) fn is_at(&self, driver: &Arc<Shared>) -> bool {
        Arc::ptr_eq(&self.driver, driver)
    }

    pub(crate) fn is_of(&self, driver: &Shared) -> bool {
        std::ptr::eq(&*self.driver, driver)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.driver.is_ours() && !self.driver.is_closed()
    }

    pub(crate) fn is_always_ready(&self) -> bool {
        self.always_ready
    }
}

/// TCP is written to as a rule, so its writability is asked for at once; and it is the one kind of
/// source that a short count drains.
#[cfg(target_os = "linux")]
fn is_tcp(fd: BorrowedFd<'_>) -> bool {
    use rustix::net::{ipproto, sockopt};
    matches!(sockopt::socket_protocol(fd), Ok(Some(ipproto::TCP)))
}

#[cfg(not(target_os = "linux"))]
fn is_tcp(_fd: BorrowedFd<'_>) -> bool {
    false
}

fn is(result: &io::Result<()>, errno: Errno) -> bool {
    matches!(result, Err(error) if error.raw_os_error() == Some(errno.raw_os_error()))
}
