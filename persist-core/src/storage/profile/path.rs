//! Where a file of the AWS tools lies, as their variables say it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// Returns the path that `text` means to the AWS tools: `$NAME` and `${NAME}` in it are variables, and a
/// `~` that it then begins with is the home of whoever asks.
pub(super) fn expanded(text: &OsStr) -> PathBuf {
    expanded_by(text, |name| env::var_os(name), env::home_dir)
}

fn expanded_by(
    text: &OsStr,
    value_of: impl Fn(&str) -> Option<OsString>,
    home: impl FnOnce() -> Option<PathBuf>,
) -> PathBuf {
    let path = PathBuf::from(match text.to_str() {
        Some(text) => with_values(text, value_of),
        None => text.to_owned(),
    });
    let below_home = path.strip_prefix("~").ok().map(Path::to_owned);
    below_home.and_then(|rest| Some(home()?.join(rest))).unwrap_or(path)
}

/// Puts their values for variables; one that is not set stays as it is.
fn with_values(text: &str, value_of: impl Fn(&str) -> Option<OsString>) -> OsString {
    let mut whole = OsString::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, from) = rest.split_at(at);
        whole.push(before);
        let (spelled, name) = variable_in(from);
        whole.push(value_of(name).unwrap_or_else(|| spelled.into()));
        rest = &from[spelled.len()..];
    }
    whole.push(rest);
    whole
}

/// Returns the variable that a text begins with, as it is spelled and by its name; where a `$` begins
/// none, just that, without a name.
fn variable_in(text: &str) -> (&str, &str) {
    let behind = &text[1..];
    if let Some((name, _)) = behind.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
        return (&text[..name.len() + 3], name);
    }
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let end = behind.find(|letter| !is_of_name(letter)).unwrap_or(behind.len());
    (&text[..=end], &behind[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let value_of = |name: &str| match name {
            "HERE" => Some("/here".into()),
            "AT_HOME" => Some("~/mine".into()),
            "ODD NAME" => Some("odd".into()),
            _ => None,
        };
        let path = expanded_by(text.as_ref(), value_of, || Some("/home/ada".into()));
        path.to_str().expect("Unicode").to_owned()
    }

    #[test]
    fn a_path_is_what_the_aws_tools_make_of_it() {
        for (text, path) in [
            ("/etc/aws", "/etc/aws"),
            ("~/.aws/k", "/home/ada/.aws/k"),
            ("~", "/home/ada/"),
            ("~ada/k", "~ada/k"),
            ("/x/~/k", "/x/~/k"),
            ("$HERE/k", "/here/k"),
            ("${HERE}k", "/herek"),
            ("${ODD NAME}", "odd"),
            ("$AT_HOME/k", "/home/ada/mine/k"),
            ("$HEREk/$GONE/${GONE}/$", "$HEREk/$GONE/${GONE}/$"),
            ("a$-${HERE", "a$-${HERE"),
            ("$$HERE", "$/here"),
        ] {
            assert_eq!(read(text), path, "{text}");
        }
    }
}
