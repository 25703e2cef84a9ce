//! What an error of the system becomes.

use std::io;

use persist_core::{Error, ErrorKind};

#[cfg(unix)]
#[test]
fn an_error_of_the_system_has_its_kind_and_advice() {
    use ErrorKind::{PermissionDenied, Storage};
    use rustix::io::Errno;
    let cases = [
        (Errno::NOSPC, Storage, Some("the device is full; free some space and save again")),
        (Errno::DQUOT, Storage, Some("the disk quota is used up; free some space and save again")),
        (
            Errno::FBIG,
            Storage,
            Some("the file system or a process limit allows no file of that size"),
        ),
        (Errno::ISDIR, Storage, Some("the location is a folder; add the name of a file")),
        (Errno::NOTDIR, Storage, Some("a part of the path is a file where a folder is needed")),
        (
            Errno::NAMETOOLONG,
            Storage,
            Some("the path or one of its parts is too long, or not allowed here"),
        ),
        (Errno::LOOP, Storage, Some("a symbolic link of the path leads back to itself")),
        (
            Errno::NOENT,
            Storage,
            Some("it or a folder of its path is missing, or was removed meanwhile"),
        ),
        (Errno::MFILE, Storage, Some("too many files are open; close some, or raise the limit")),
        (Errno::IO, Storage, None),
        (
            Errno::ROFS,
            PermissionDenied,
            Some("the file system is mounted read-only; choose a location on another"),
        ),
        (
            Errno::ACCESS,
            PermissionDenied,
            Some("check the owner and the mode of the file and of the folders above it"),
        ),
        (
            Errno::PERM,
            PermissionDenied,
            Some("check the owner and the mode of the file and of the folders above it"),
        ),
    ];
    for (number, kind, hint) in cases {
        let system = io::Error::from(number);
        let cause = system.to_string();
        let error = Error::storage("write", system).at("a.json");
        assert_eq!(error.kind(), kind, "{cause}");
        assert_eq!(error.hint().as_deref(), hint, "{cause}");
        assert!(
            error.report().ends_with(&format!("write `a.json`: {cause}")),
            "{}",
            error.report()
        );
        assert!(!error.is_transient(), "{cause}");
    }
}

#[test]
fn what_passes_by_itself_is_transient() {
    for kind in [io::ErrorKind::TimedOut, io::ErrorKind::ResourceBusy] {
        assert!(Error::storage("read", kind.into()).is_transient());
    }
}

#[test]
fn every_kind_is_made_by_its_function_and_prints_its_place() {
    let cause = || io::Error::other("a cause");
    let refusal = io::Error::from(io::ErrorKind::PermissionDenied);
    let errors = [
        Error::not_found(),
        Error::exists(),
        Error::not_a_snapshot("it is empty"),
        Error::newer_format(2, 1),
        Error::bad_state_text(7, "a comma is missing"),
        Error::too_large("the state", 10),
        Error::truncated(),
        Error::hash_mismatch("the state", "aa", "bb"),
        Error::damaged("the header is wrong"),
        Error::trailing_bytes(4),
        Error::wrong_key(),
        Error::key_required(),
        Error::not_encrypted(),
        Error::damaged_ciphertext("its end is missing"),
        Error::storage("write", cause()),
        Error::unavailable("write", cause()),
        Error::no_such_bucket(cause()),
        Error::interrupted(),
        Error::storage("write", refusal),
        Error::bad_argument("tags", "is one string"),
        Error::unknown_scheme("pigeon"),
        Error::unsupported("the compressor `lzma`", "gzip, none"),
    ];
    assert_eq!(errors.each_ref().map(Error::kind), ErrorKind::ALL);
    for error in errors {
        let is_about_a_place =
            !matches!(error.kind(), ErrorKind::BadArgument | ErrorKind::Unsupported);
        let error = error.at("here.json");
        let text = error.to_string();
        assert_eq!(text.contains("`here.json`"), is_about_a_place, "{text}");
        assert!(text.starts_with(|first: char| first == '`' || first.is_lowercase()), "{text}");
        assert!(!text.ends_with('.'), "{text}");
    }
}
