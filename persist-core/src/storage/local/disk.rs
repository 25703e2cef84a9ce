//! The calls to the system whose order makes a write last.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// What a file goes through on its way to its name.
///
/// A trait, so that a test can record the order and let any of them fail.
pub(super) trait Disk {
    /// Returns once the bytes of a file are on the device.
    fn flush_file(&self, file: &File) -> io::Result<()>;

    /// Returns once the names in an open folder are on the device.
    fn flush_folder(&self, folder: &File) -> io::Result<()>;

    /// Moves `from` to `to`, which is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Moves `from` to `to` unless something has that name, which is `AlreadyExists`; `Unsupported`
    /// where the file system cannot do that.
    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Gives `from` a second name `to` unless something has that, which is `AlreadyExists`.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// The disk there is.
pub(super) struct SystemDisk;

impl Disk for SystemDisk {
    fn flush_file(&self, file: &File) -> io::Result<()> {
        file.sync_all()
    }

    fn flush_folder(&self, folder: &File) -> io::Result<()> {
        folder.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        use rustix::io::Errno;
        renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(|error| match error {
            // Old kernels and some network file systems know the plain rename only.
            Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => io::ErrorKind::Unsupported.into(),
            error => error.into(),
        })
    }

    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn rename_to_free(&self, _from: &Path, _to: &Path) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::hard_link(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::fd::OwnedFd;

    use super::*;

    #[test]
    fn flushing_asks_the_system() {
        // A pipe has no device, and only who asks the system hears of it.
        let (pipe, _other_end) = io::pipe().expect("a pipe");
        let pipe = File::from(OwnedFd::from(pipe));
        for flushed in [SystemDisk.flush_file(&pipe), SystemDisk.flush_folder(&pipe)] {
            assert_eq!(flushed.expect_err("no device").kind(), io::ErrorKind::InvalidInput);
        }
    }
}
