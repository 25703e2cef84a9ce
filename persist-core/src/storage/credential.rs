//! Files that clients read credentials from, looked at once they were of no use.

use std::fs;

#[cfg(feature = "gcs")]
use serde::Deserialize;

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

    /// Tells why it cannot be read, or holds no credentials of a known kind; nothing else of what it
    /// says is shown. `cause` is what the client says.
    #[cfg(feature = "gcs")]
    pub(super) fn fault_of_content(&self, kinds: &[&str], cause: &str) -> Option<String> {
        #[derive(Deserialize)]
        struct Typed {
            r#type: String,
        }
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(_) => return self.fault(),
        };
        let title = &self.title;
        match serde_json::from_str(&text) {
            Ok(Typed { r#type: kind }) if kinds.contains(&kind.as_str()) => {
                let is_short = cause.starts_with("missing field");
                is_short.then(|| format!("{title} is not whole: {cause}"))
            }
            Ok(Typed { r#type: kind }) if is_word(&kind) => Some(format!(
                "{title} has credentials of the type `{kind}`, which the client does not read"
            )),
            _ => Some(format!("{title} has no credentials of Google")),
        }
    }
}

#[cfg(feature = "gcs")]
fn is_word(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
