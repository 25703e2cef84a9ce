//! What a write asks of the disk, step by step, and what is left where a step fails.

use std::cell::RefCell;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::disk::{Disk, SystemDisk};
use super::put_at;
use super::temporary::is_temporary_name;
use crate::error::Error;
use crate::storage::PutOptions;

/// The disk there is, below one folder, with each step written down.
struct RecordedDisk {
    root: PathBuf,
    steps: RefCell<Vec<String>>,
    fault: Fault,
}

impl RecordedDisk {
    /// Returns a disk with that fault.
    fn below(root: &Path, fault: Fault) -> Self {
        Self { root: root.to_owned(), steps: RefCell::default(), fault }
    }

    /// Returns the steps so far. A temporary has its size instead of its name, a folder what is in it.
    fn into_steps(self) -> Vec<String> {
        self.steps.into_inner()
    }

    fn record(&self, step: String, work: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut steps = self.steps.borrow_mut();
        steps.push(step);
        match self.fault {
            Some((number, kind)) if number == steps.len() => Err(kind.into()),
            _ => work(),
        }
    }

    fn name(&self, path: &Path) -> String {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        match fs::metadata(path) {
            Ok(metadata) if is_temporary_name(name) => {
                format!("temporary of {} bytes", metadata.len())
            }
            _ => path.strip_prefix(&self.root).expect("below the root").display().to_string(),
        }
    }

    /// Returns the name of what is open.
    fn name_of(&self, file: &File) -> String {
        let open = file.metadata().expect("it is open");
        self.name(&found(&self.root, &open).expect("it has a name"))
    }
}

/// Returns the path below a folder, or its own, that leads to what is open.
fn found(path: &Path, open: &Metadata) -> Option<PathBuf> {
    let metadata = fs::metadata(path).ok()?;
    if (metadata.dev(), metadata.ino()) == (open.dev(), open.ino()) {
        return Some(path.to_owned());
    }
    let entries = fs::read_dir(path).ok()?;
    entries.flatten().find_map(|entry| found(&entry.path(), open))
}

impl Disk for RecordedDisk {
    fn flush_file(&self, file: &File) -> io::Result<()> {
        self.record(format!("flush {}", self.name_of(file)), || SystemDisk.flush_file(file))
    }

    fn flush_folder(&self, folder: &File) -> io::Result<()> {
        let path = self.root.join(self.name_of(folder));
        let entries = fs::read_dir(path).expect("a folder").flatten();
        let mut names: Vec<_> = entries.map(|entry| self.name(&entry.path())).collect();
        names.sort_unstable();
        let step = format!("flush /{} with {}", self.name_of(folder), names.join(", "));
        self.record(step, || SystemDisk.flush_folder(folder))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let step = format!("rename {} to {}", self.name(from), self.name(to));
        self.record(step, || SystemDisk.rename(from, to))
    }

    fn rename_to_free(&self, from: &Path, to: &Path) -> io::Result<()> {
        let step = format!("rename {} to free {}", self.name(from), self.name(to));
        self.record(step, || SystemDisk.rename_to_free(from, to))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let step = format!("link {} to {}", self.name(from), self.name(to));
        self.record(step, || SystemDisk.link(from, to))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.record(format!("remove {}", self.name(path)), || SystemDisk.remove(path))
    }
}

const KEPT: PutOptions = PutOptions { overwrite: false, ..PutOptions::new() };

/// More than one buffer and no whole number of them: what is flushed shows whether the last one was
/// emptied before.
static TEXT: [u8; 100_000] = [7; 100_000];

/// Which step fails, counted from 1, and how.
type Fault = Option<(usize, io::ErrorKind)>;

/// Puts a text below a folder; returns the steps that took, and how it went.
fn put(root: &Path, key: &str, options: PutOptions, fault: Fault) -> (Vec<String>, String) {
    let disk = RecordedDisk::below(root, fault);
    let put = put_at(&disk, &root.join(key), options, &mut |sink| {
        TEXT.chunks(999).try_for_each(|piece| sink.write_all(piece)).map_err(Error::from_io)
    });
    (disk.into_steps(), put.map_or_else(|error| error.report(), |()| "done".into()))
}

fn folder_with_a() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("a"), "old").expect("room for a file");
    folder
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::local::{parent_or_here, remove};

    #[test]
    fn a_file_is_flushed_before_it_takes_its_name_and_the_folder_after() {
        let folder = folder_with_a();
        for (key, options, steps) in [
            ("a", PutOptions::new(), "rename temporary of 100000 bytes to a; flush / with a"),
            ("b", KEPT, "rename temporary of 100000 bytes to free b; flush / with a, b"),
        ] {
            let (seen, outcome) = put(folder.path(), key, options, None);
            let steps = format!("flush temporary of 100000 bytes; {steps}");
            assert_eq!((seen.join("; "), outcome), (steps, "done".to_owned()));
        }
        let options = PutOptions { durable: false, ..PutOptions::new() };
        let (seen, _) = put(folder.path(), "x/a", options, None);
        assert_eq!(seen, ["rename temporary of 100000 bytes to x/a"]);
    }

    #[test]
    fn a_file_system_that_flushes_no_folders_is_no_failure() {
        for kind in [io::ErrorKind::InvalidInput, io::ErrorKind::Unsupported] {
            let folder = folder_with_a();
            let (_, outcome) = put(folder.path(), "a", PutOptions::new(), Some((3, kind)));
            assert_eq!(outcome, "done");
        }
    }

    #[test]
    fn where_no_rename_keeps_a_file_a_link_does() {
        let folder = folder_with_a();
        let fault = Some((2, io::ErrorKind::Unsupported));
        let (seen, outcome) = put(folder.path(), "b", KEPT, fault);
        let link = ["link temporary of 100000 bytes to b", "flush / with a, b"];
        assert_eq!((&seen[2..], outcome.as_str()), (&link.map(str::to_owned)[..], "done"));
    }

    #[test]
    fn each_folder_made_on_the_way_is_flushed_into_the_one_above() {
        let folder = folder_with_a();
        let (seen, _) = put(folder.path(), "x/y/b", PutOptions::new(), None);
        assert_eq!(seen[..2], ["flush /x with x/y", "flush / with a, x"]);
        assert_eq!(seen[2], "flush temporary of 100000 bytes");
        assert_eq!(seen[4..], ["flush /x/y with x/y/b"]);
    }

    #[test]
    fn a_deletion_is_flushed() {
        let failure = "could not flush the folder of the data: no storage space";
        for (fault, outcome) in [(None, "done"), (Some((2, io::ErrorKind::StorageFull)), failure)] {
            let folder = folder_with_a();
            let disk = RecordedDisk::below(folder.path(), fault);
            let removed = remove(&disk, &folder.path().join("a"));
            assert_eq!(removed.map_or_else(|error| error.report(), |()| "done".into()), outcome);
            assert_eq!(disk.into_steps(), ["remove a", "flush / with "]);
        }
    }

    #[test]
    fn a_step_that_fails_is_an_error_and_leaves_the_old_file_and_no_temporary() {
        let (write, last) = ("write", "flush the folder of");
        let rows = [
            ("a", PutOptions::new(), Some(3), vec![write, write, last]),
            ("b", KEPT, None, vec![write, write, last]),
            ("x/b", KEPT, None, vec!["create the folders of", write, write, last]),
        ];
        for (key, options, old, actions) in rows {
            for (number, action) in (1..).zip(actions) {
                let folder = folder_with_a();
                let fault = Some((number, io::ErrorKind::StorageFull));
                let (_, outcome) = put(folder.path(), key, options, fault);
                assert_eq!(outcome, format!("could not {action} the data: no storage space"));
                // A file that has its name keeps it: the old one cannot be had back by then.
                let size_bytes = if action == last { Some(100_000) } else { old };
                let path = folder.path().join(key);
                assert_eq!(fs::metadata(&path).ok().map(|found| found.len()), size_bytes);
                let there = fs::read_dir(parent_or_here(&path)).into_iter().flatten().flatten();
                assert!(
                    !there
                        .map(|entry| entry.file_name())
                        .any(|name| is_temporary_name(&name.to_string_lossy()))
                );
            }
        }
    }

    #[test]
    fn folders_that_cannot_be_flushed_are_gone_again() {
        let folder = folder_with_a();
        let fault = Some((2, io::ErrorKind::StorageFull));
        let (_, outcome) = put(folder.path(), "x/y/b", KEPT, fault);
        assert_eq!(outcome, "could not create the folders of the data: no storage space");
        assert!(!folder.path().join("x").exists());
    }
}
