//! The file that a Unix socket is bound to.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// A socket file that is removed with its server, unless somebody has put another there.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl SocketFile {
    /// Notes which file a socket has just been bound to.
    pub(crate) fn of(path: &Path) -> io::Result<SocketFile> {
        let file = fs::symlink_metadata(path)?;
        Ok(SocketFile { path: path.to_owned(), device: file.dev(), inode: file.ino() })
    }

    /// Removes a socket that a former server left at `path`. Another kind of file stays, and lets
    /// the bind fail.
    pub(crate) fn remove_stale(path: &Path) -> io::Result<()> {
        match fs::symlink_metadata(path) {
            Ok(file) if file.file_type().is_socket() => fs::remove_file(path),
            _ => Ok(()),
        }
    }

    /// Removes the file if it is still the same.
    pub(crate) fn remove(self) {
        let same = fs::symlink_metadata(&self.path)
            .is_ok_and(|file| file.dev() == self.device && file.ino() == self.inode);
        if same {
            // Gone meanwhile is as good.
            let _ = fs::remove_file(&self.path);
        }
    }
}
