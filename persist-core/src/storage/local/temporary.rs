//! A file that is still being written, beside the one it will become.
//!
//! Its name is `.persist-<process id>-<32 hex digits>.tmp`. Its writer holds a lock of the operating
//! system on it, which ends with the process however that ends: a temporary nobody holds a lock on is
//! stale, and who finds it may remove it. On Windows the open handle itself is that lock.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::disk::Disk;

const PREFIX: &str = ".persist-";
const SUFFIX: &str = ".tmp";
const TOKEN_DIGITS: usize = 32;

/// How often a new name is tried; a name is lost only to another process tidying up that instant.
const ATTEMPTS: u32 = 16;

/// A file nobody reads yet; removed when dropped before it was placed.
#[derive(Debug)]
pub(super) struct Temporary {
    path: PathBuf,
    file: File,
    is_placed: bool,
}

impl Temporary {
    /// Creates an empty one in `folder`, mode 0600.
    pub(super) fn create(folder: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let path = folder.join(new_name());
            let file = match owner_only().write(true).create_new(true).open(&path) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            let temporary = Self { path, file, is_placed: false };
            if temporary.is_claimed()? {
                return Ok(temporary);
            }
        }
        Err(io::Error::new(
            io::ErrorKind::ResourceBusy,
            "temporary files are removed as fast as they are made",
        ))
    }

    /// Returns the open file.
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// Locks the file; false when somebody took it for stale before the lock was there.
    fn is_claimed(&self) -> io::Result<bool> {
        if cfg!(windows) {
            return Ok(true);
        }
        match self.file.try_lock() {
            Err(TryLockError::WouldBlock) => Ok(false),
            // A file system without locks: nobody else can lock it either, so nobody removes it.
            Err(TryLockError::Error(_)) => Ok(true),
            Ok(()) => match fs::symlink_metadata(&self.path) {
                Ok(_) => Ok(true),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
                Err(error) => Err(error),
            },
        }
    }

    /// Gives the file its final name, in one step that others see as a whole.
    ///
    /// Fails with `AlreadyExists` when something has that name and is not to be replaced.
    pub(super) fn place(
        mut self,
        disk: &impl Disk,
        target: &Path,
        overwrite: bool,
    ) -> io::Result<()> {
        let moved = if overwrite {
            disk.rename(&self.path, target)
        } else {
            disk.rename_to_free(&self.path, target)
        };
        match moved {
            // The first name goes when this is dropped.
            Err(error) if !overwrite && error.kind() == io::ErrorKind::Unsupported => {
                link_to_a_free_name(disk, &self.path, target)
            }
            other => {
                self.is_placed = other.is_ok();
                other
            }
        }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_placed {
            // Whoever dropped it has an error of its own to report; a leftover is removed by the next save.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes the temporaries in `folder` whose writers are dead.
///
/// What cannot be listed, opened or removed stays, without an error: it belongs to somebody else.
pub(super) fn remove_stale(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_file = || entry.file_type().is_ok_and(|kind| kind.is_file());
        if entry.file_name().to_str().is_some_and(is_temporary_name) && is_file() {
            remove_if_stale(&entry.path());
        }
    }
}

/// Tells whether a file of that name is still being written, or was when its writer died.
pub(super) fn is_temporary_name(name: &str) -> bool {
    let parts = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX));
    let Some((process, token)) = parts.and_then(|rest| rest.split_once('-')) else { return false };
    !process.is_empty()
        && process.bytes().all(|byte| byte.is_ascii_digit())
        && token.len() == TOKEN_DIGITS
        && token.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn new_name() -> String {
    format!("{PREFIX}{}-{}{SUFFIX}", std::process::id(), Uuid::now_v7().simple())
}

#[cfg(windows)]
fn remove_if_stale(path: &Path) {
    use std::os::windows::fs::OpenOptionsExt;
    // Sharing nothing succeeds only when nobody else has the file open.
    if OpenOptions::new().write(true).share_mode(0).open(path).is_ok() {
        let _ = fs::remove_file(path);
    }
}

#[cfg(not(windows))]
fn remove_if_stale(path: &Path) {
    // Open for writing because network file systems lock nothing else exclusively.
    let Ok(file) = without_following().write(true).open(path) else { return };
    if file.try_lock().is_ok() {
        // The name carries a fresh token, so it is still this file's or nobody's: a writer that placed
        // the file before the lock was granted took the name away with it.
        let _ = fs::remove_file(path);
    }
}

#[cfg(unix)]
fn owner_only() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn owner_only() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn without_following() -> OpenOptions {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    // Neither a link planted under such a name nor a pipe that waits for a reader leads anywhere.
    options.custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed());
    options
}

#[cfg(not(any(unix, windows)))]
fn without_following() -> OpenOptions {
    OpenOptions::new()
}

/// Gives `from` a second name `to` unless that is taken.
fn link_to_a_free_name(disk: &impl Disk, from: &Path, to: &Path) -> io::Result<()> {
    disk.link(from, to).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => error,
        _ => io::Error::new(
            io::ErrorKind::Unsupported,
            format!(
                "the file system cannot keep an existing file while placing a new one ({error})"
            ),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::super::disk::SystemDisk;
    use super::*;

    #[test]
    fn names_are_recognised_and_fresh() {
        let (first, second) = (new_name(), new_name());
        assert!(is_temporary_name(&first) && is_temporary_name(&second));
        assert_ne!(first, second);
        for other in [".persist-1-x.tmp", ".persist-.tmp", "persist.tmp", ".persist-notes.txt"] {
            assert!(!is_temporary_name(other), "{other}");
        }
    }

    #[test]
    fn a_temporary_is_removed_once_its_writer_is_gone() {
        let folder = tempfile::tempdir().expect("a folder");
        let temporary = Temporary::create(folder.path()).expect("room for a file");
        let path = temporary.path.clone();
        remove_stale(folder.path());
        assert!(path.exists(), "its writer lives");
        let orphan = folder.path().join(new_name());
        File::create(&orphan).expect("room for a file");
        remove_stale(folder.path());
        assert!(!orphan.exists(), "its writer is dead");
        drop(temporary);
        assert!(!path.exists());
    }

    #[test]
    fn a_link_keeps_an_existing_file_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let target = folder.path().join("a");
        let place = || {
            let temporary = Temporary::create(folder.path()).expect("room for a file");
            link_to_a_free_name(&SystemDisk, &temporary.path, &target)
        };
        place().expect("the name is free");
        assert_eq!(place().expect_err("taken").kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn what_only_looks_like_a_temporary_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, kept) = (folder.path().join(new_name()), folder.path().join("kept"));
        File::create(&kept).expect("room for a file");
        std::os::unix::fs::symlink(&kept, &link).expect("a link");
        fs::create_dir(folder.path().join(new_name())).expect("a folder");
        remove_stale(folder.path());
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 3);
    }
}
