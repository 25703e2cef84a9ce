//! Files that clients read credentials from, looked at once they were of no use.

use std::fs;

/// A file that a client reads credentials from whenever it needs some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialFile {
    path: String,
    /// What an error calls it: who names it, and the path.
    title: String,
}

impl CredentialFile {
    /// Returns the file with that path, named by an option or a variable.
    pub(super) fn named(path: &str, by: &str) -> Self {
        Self { path: path.to_owned(), title: format!("the file `{path}`, which {by} names,") }
    }

    /// Returns a file that is looked for without being named.
    #[cfg(feature = "gcs")]
    pub(super) fn usual(path: &str, owner: &str) -> Self {
        Self { path: path.to_owned(), title: format!("{owner}'s default file `{path}`") }
    }

    /// Tells why it cannot be read, if it cannot.
    pub(super) fn fault(&self) -> Option<String> {
        let error = fs::read_to_string(&self.path).err()?;
        Some(format!("{} cannot be read: {error}", self.title))
    }

    /// Reads it.
    ///
    /// # Errors
    /// Why it cannot be read.
    #[cfg(feature = "gcs")]
    pub(super) fn text(&self) -> Result<String, String> {
        fs::read_to_string(&self.path)
            .map_err(|error| self.told(&format!("cannot be read: {error}")))
    }

    /// Says of it what is wrong with it.
    #[cfg(feature = "gcs")]
    pub(super) fn told(&self, fault: &str) -> String {
        format!("{} {fault}", self.title)
    }
}
