//! Files of the operating system.

mod disk;
#[cfg(all(test, unix))]
mod durability;
mod temporary;

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::disk::{Disk, SystemDisk};
use self::temporary::{Temporary, is_temporary_name, remove_stale};
use super::{Fill, Key, Object, ObjectReader, PutOptions, Storage};
use crate::error::{Error, Result};

/// Small writes are gathered up to this size; larger ones pass through.
const WRITE_BUFFER_BYTES: usize = 64 * 1024;

/// Links followed before a path counts as a loop, as on Linux.
const LINKS_FOLLOWED: u32 = 40;

/// A storage whose keys are paths.
///
/// An object is written to a temporary beside its file, mode 0600, and renamed into place; missing
/// folders are made. Where the file is a symbolic link, what the link points at is read and replaced,
/// and the link stays; deleting removes the link and leaves what it points at. Only regular files are
/// objects: folders, devices and pipes are refused.
///
/// What is durable, a deletion too, is flushed with the names of its file and of each folder made for
/// it. Where only the folder cannot be flushed at the end, the put fails and the new file is in place.
#[derive(Debug, Clone)]
pub struct LocalStorage {
    root: PathBuf,
}

impl LocalStorage {
    /// Returns a storage whose keys are paths below `root`.
    pub fn below(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Returns a storage whose keys are paths, absolute or from the working directory.
    pub fn anywhere() -> Self {
        Self::below("")
    }

    fn path(&self, key: &Key) -> PathBuf {
        // Joining an empty path would append a separator.
        if key.is_empty() { PathBuf::new() } else { self.root.join(key.as_path()) }
    }
}

impl Storage for LocalStorage {
    fn location(&self, key: &Key) -> String {
        self.path(key).to_string_lossy().into_owned()
    }

    fn get(&self, key: &Key) -> Result<Arc<dyn Object>> {
        let path = self.path(key);
        match open(&path) {
            Ok(object) => Ok(Arc::new(object)),
            Err(error) => Err(failure("read", &path, error)),
        }
    }

    fn put(&self, key: &Key, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
        let path = self.path(key);
        if path.as_os_str().is_empty() {
            return Err(Error::bad_argument("path", "is empty, which names nothing"));
        }
        put_at(&SystemDisk, &path, options, fill).map_err(|error| error.at(&self.location(key)))
    }

    fn delete(&self, key: &Key) -> Result<()> {
        let path = self.path(key);
        remove(&SystemDisk, &path).map_err(|error| error.at(&self.location(key)))
    }

    fn list(&self, prefix: &Key) -> Result<Vec<Key>> {
        let mut keys = Vec::new();
        let mut folders = vec![folder_part(prefix)];
        while let Some(folder) = folders.pop() {
            let path = self.root.join(&folder);
            self.list_folder(&folder, &mut keys, &mut folders)
                .map_err(|error| Error::storage("list", error).at(&path.to_string_lossy()))?;
        }
        let start = prefix.as_os_str().as_encoded_bytes();
        keys.retain(|key| key.as_os_str().as_encoded_bytes().starts_with(start));
        keys.sort_unstable();
        Ok(keys)
    }

    fn exists(&self, key: &Key) -> Result<bool> {
        let path = self.path(key);
        match fs::metadata(&path) {
            Ok(_) => Ok(true),
            Err(error) if shows_absence(&error) => Ok(false),
            Err(error) => Err(failure("look at", &path, error)),
        }
    }
}

impl LocalStorage {
    /// Adds the files in one folder to `keys` and its folders to `folders`.
    fn list_folder(
        &self,
        folder: &Path,
        keys: &mut Vec<Key>,
        folders: &mut Vec<PathBuf>,
    ) -> io::Result<()> {
        let entries = match fs::read_dir(or_here(&self.root.join(folder))) {
            Ok(entries) => entries,
            Err(error) if shows_absence(&error) => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let entry = entry?;
            let (name, kind) = (entry.file_name(), entry.file_type()?);
            let key = folder.join(&name);
            if kind.is_dir() {
                folders.push(key);
            } else if is_object(&entry.path(), kind)
                && !name.to_str().is_some_and(is_temporary_name)
            {
                keys.push(Key::new(key));
            }
        }
        Ok(())
    }
}

struct LocalObject {
    file: File,
    size_bytes: u64,
}

impl Object for LocalObject {
    fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buffer, offset)
    }

    fn stream(self: Arc<Self>, offset: u64) -> Box<dyn Read + Send> {
        Box::new(ObjectReader::starting_at(self, offset))
    }
}

fn open(path: &Path) -> io::Result<LocalObject> {
    // Looked at first, because opening a pipe waits for its other end.
    check_is_file(&fs::metadata(path)?)?;
    let file = File::open(path)?;
    let size_bytes = file.metadata()?.len();
    Ok(LocalObject { file, size_bytes })
}

fn put_at(disk: &impl Disk, path: &Path, options: PutOptions, fill: &mut Fill<'_>) -> Result<()> {
    let writing = |error| Error::storage("write", error);
    let target = end_of_links(path).map_err(writing)?;
    if target.file_name().and_then(OsStr::to_str).is_some_and(is_temporary_name) {
        // The next save into its folder would take it for a leftover.
        let reason = "ends in a name that only files have that are still being written";
        return Err(Error::bad_argument("path", reason));
    }
    if is_taken(&target).map_err(writing)? && !options.overwrite {
        return Err(Error::exists());
    }
    let folder = parent_or_here(&target);
    make_folders(disk, folder, options.durable)
        .map_err(|error| Error::storage("create the folders of", error))?;
    // Opened before anything is written: what cannot be flushed later is refused now.
    let flushed_folder = if options.durable {
        FolderHandle::open(folder).map_err(|error| Error::storage("open the folder of", error))?
    } else {
        None
    };
    remove_stale(folder);
    let temporary = Temporary::create(folder).map_err(writing)?;
    let mut sink = BufWriter::with_capacity(WRITE_BUFFER_BYTES, temporary.file());
    fill(&mut sink)?;
    sink.flush().map_err(writing)?;
    // Dropping the sink would flush what is left and lose the error.
    drop(sink);
    if options.durable {
        disk.flush_file(temporary.file()).map_err(writing)?;
    }
    temporary.place(disk, &target, options.overwrite).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if !options.overwrite => Error::exists(),
        _ => Error::storage("write", error),
    })?;
    flush(disk, flushed_folder)
}

fn flush(disk: &impl Disk, folder: Option<FolderHandle>) -> Result<()> {
    let flushed = folder.map_or(Ok(()), |folder| folder.flush(disk));
    flushed.map_err(|error| Error::storage("flush the folder of", error))
}

/// Tells whether a file has that name; anything else that has it is an error.
fn is_taken(target: &Path) -> io::Result<bool> {
    if names_a_folder(target) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match fs::symlink_metadata(target) {
        Ok(metadata) => check_is_file(&metadata).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn check_is_file(metadata: &fs::Metadata) -> io::Result<()> {
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    Ok(())
}

/// Tells whether the path ends in a separator or has no last name, as `..`.
fn names_a_folder(path: &Path) -> bool {
    let ends_in_separator = path
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)));
    ends_in_separator || path.file_name().is_none()
}

fn is_object(path: &Path, kind: fs::FileType) -> bool {
    kind.is_file() || kind.is_symlink() && fs::metadata(path).is_ok_and(|target| target.is_file())
}

/// Follows the links a path names, so that a rename replaces what is at their end.
fn end_of_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..LINKS_FOLLOWED {
        match fs::symlink_metadata(&path) {
            Ok(metadata) if metadata.is_symlink() => {
                path = parent_or_here(&path).join(fs::read_link(&path)?);
            }
            // What does not exist yet, or cannot be seen, is for the next step to judge.
            _ => return Ok(path),
        }
    }
    // The system sees the same loop and has the right error for it.
    fs::metadata(&path).map(|_| path)
}

/// Returns the folder a path lies in.
fn parent_or_here(path: &Path) -> &Path {
    path.parent().map_or(Path::new("."), or_here)
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// Returns the folder that every key with that prefix lies in or below.
fn folder_part(prefix: &Key) -> PathBuf {
    let path = prefix.as_path();
    if names_a_folder(path) {
        path.to_owned()
    } else {
        path.parent().map(Path::to_owned).unwrap_or_default()
    }
}

fn make_folders(disk: &impl Disk, folder: &Path, durable: bool) -> io::Result<()> {
    let missing: Vec<&Path> = folder
        .ancestors()
        .take_while(|ancestor| !ancestor.as_os_str().is_empty() && !ancestor.exists())
        .collect();
    let created = fs::create_dir_all(folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    });
    let made = created.and_then(|()| if durable { flush_names(disk, &missing) } else { Ok(()) });
    if made.is_err() {
        // One that stayed would count as flushed from then on; the innermost is the first.
        missing.iter().for_each(|folder| drop(fs::remove_dir(folder)));
    }
    made
}

/// Flushes the name of each folder into the one it lies in.
fn flush_names(disk: &impl Disk, folders: &[&Path]) -> io::Result<()> {
    for folder in folders {
        if let Some(parent) = FolderHandle::open(parent_or_here(folder))? {
            parent.flush(disk)?;
        }
    }
    Ok(())
}

/// A folder whose entries can be flushed to the device.
struct FolderHandle(File);

impl FolderHandle {
    #[cfg(unix)]
    fn open(folder: &Path) -> io::Result<Option<Self>> {
        File::open(folder).map(|file| Some(Self(file)))
    }

    /// Returns none: elsewhere the file system flushes a rename by its own journal.
    #[cfg(not(unix))]
    fn open(_folder: &Path) -> io::Result<Option<Self>> {
        Ok(None)
    }

    fn flush(&self, disk: &impl Disk) -> io::Result<()> {
        match disk.flush_folder(&self.0) {
            // Some file systems have nothing to flush for a folder, and say so this way.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
                ) =>
            {
                Ok(())
            }
            other => other,
        }
    }
}

fn remove(disk: &impl Disk, path: &Path) -> Result<()> {
    let deleting = |error| failure("delete", path, error);
    let metadata = fs::symlink_metadata(path).map_err(deleting)?;
    if !metadata.is_symlink() {
        check_is_file(&metadata).map_err(deleting)?;
    }
    let folder = match FolderHandle::open(parent_or_here(path)) {
        // Whoever may change a folder and not read it may delete, and the system flushes when it likes.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => None,
        other => other.map_err(deleting)?,
    };
    disk.remove(path).map_err(deleting)?;
    flush(disk, folder)
}

/// Tells whether an error means that nothing is there, also where a part of the path is a file.
fn shows_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn failure(action: &'static str, path: &Path, error: io::Error) -> Error {
    let error =
        if shows_absence(&error) { Error::not_found() } else { Error::storage(action, error) };
    error.at(&path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::contract;

    #[test]
    fn files_keep_the_contract() {
        contract::check(|| {
            let folder = tempfile::tempdir().expect("a folder");
            (Box::new(LocalStorage::below(folder.path())), folder)
        });
    }

    #[test]
    fn a_path_without_folder_lies_here() {
        assert_eq!(parent_or_here(Path::new("a")), Path::new("."));
        assert_eq!(parent_or_here(Path::new("/a")), Path::new("/"));
        assert!(names_a_folder(Path::new("a/")) && names_a_folder(Path::new("..")));
        assert_eq!(folder_part(&Key::new("a/b")), Path::new("a"));
    }
}
