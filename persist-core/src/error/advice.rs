//! What to do about the errors of the system.

use std::io;

/// Advises where a location is a URL of no known kind.
pub(super) const ON_SCHEMES: &str = if cfg!(feature = "s3") {
    "use a path, or a URL such as `file://…` or `s3://…`; a path that looks like a URL can start with `./`"
} else {
    "use a path, or a URL such as `file://…` or `memory://…`; a path that looks like a URL can start with `./`"
};

/// Advises on an error of the system, where there is something to do.
pub(super) fn on(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind as Io;
    Some(match error.kind() {
        Io::PermissionDenied => {
            "check the owner and the mode of the file and of the folders above it"
        }
        Io::ReadOnlyFilesystem => {
            "the file system is mounted read-only; choose a location on another"
        }
        Io::StorageFull => "the device is full; free some space and save again",
        Io::QuotaExceeded => "the disk quota is used up; free some space and save again",
        Io::FileTooLarge => "the file system or a process limit allows no file of that size",
        Io::IsADirectory => "the location is a folder; add the name of a file",
        Io::NotADirectory => "a part of the path is a file where a folder is needed",
        Io::InvalidFilename => "the path or one of its parts is too long, or not allowed here",
        Io::NotFound => "it or a folder of its path is missing, or was removed meanwhile",
        Io::Unsupported => "choose a location on a local file system",
        _ => return on_number(error.raw_os_error()?),
    })
}

/// Advises where nothing is stored at a location.
pub(super) fn on_missing(location: &str) -> &'static str {
    match location.split_once("://") {
        Some(("memory", _)) => "check the name; what `memory://` holds ends with its process",
        // The dot before a path that looks like a URL is no part of a scheme.
        Some((scheme, _)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            "check the names of the bucket and of the key"
        }
        _ => "check the location; relative paths start at the working directory",
    }
}

/// Advises on errors the standard library has no name for.
#[cfg(unix)]
fn on_number(number: i32) -> Option<&'static str> {
    use rustix::io::Errno;
    match Errno::from_raw_os_error(number) {
        Errno::LOOP => Some("a symbolic link of the path leads back to itself"),
        Errno::MFILE | Errno::NFILE => {
            Some("too many files are open; close some, or raise the limit")
        }
        _ => None,
    }
}

#[cfg(not(unix))]
fn on_number(_number: i32) -> Option<&'static str> {
    None
}
