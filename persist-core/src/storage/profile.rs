//! Keys and region of a named profile, from the files that the AWS tools share.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::error::{Error, Reply, Result};

/// What a profile says that a client can use.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Profile {
    pub(super) keys: Option<Keys>,
    pub(super) region: Option<String>,
    pub(super) endpoint: Option<String>,
}

/// Static keys.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: String,
    pub(super) token: Option<String>,
}

type Section = HashMap<String, String>;

const MISSING: &str = "check `AWS_PROFILE`, and `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` where they are set";

/// What makes a profile one whose keys another program has to fetch.
const FETCHED: [(&str, &str); 5] = [
    ("sso_session", "single sign-on"),
    ("sso_start_url", "single sign-on"),
    ("role_arn", "a role"),
    ("credential_process", "a program of its own"),
    ("login_session", "a login"),
];

/// Reads the profile that `AWS_PROFILE` names; `None` where it names none.
///
/// # Errors
/// [`PermissionDenied`](Error::PermissionDenied) for a profile that is not there, and, where `needs_keys`
/// says that no others are given, for one whose keys have to be fetched or should stand in a file that a
/// variable names and that cannot be read.
pub(super) fn read(needs_keys: bool) -> Result<Option<Profile>> {
    let Some(name) = env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let config = Shared::read("AWS_CONFIG_FILE", "config");
    let credentials = Shared::read("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    profile(&name, &config, &credentials, needs_keys).map(Some)
}

/// One of the files that the AWS tools share.
struct Shared {
    path: PathBuf,
    text: io::Result<String>,
    /// The variable that names it, where one does.
    variable: Option<&'static str>,
}

impl Shared {
    fn read(variable: &'static str, file: &str) -> Self {
        let named = env::var_os(variable).filter(|path| !path.is_empty());
        let variable = named.is_some().then_some(variable);
        let usual = || env::home_dir().unwrap_or_default().join(".aws").join(file);
        let path = named.map_or_else(usual, PathBuf::from);
        Self { text: fs::read_to_string(&path), path, variable }
    }

    fn section(&self, is_wanted: impl Fn(&str) -> bool) -> Option<Section> {
        // A file that cannot be read is as good as none: the other may have the profile.
        self.text.as_deref().ok().and_then(|text| section(text, is_wanted))
    }

    /// Says what was looked at, and why in vain where it cannot be read.
    fn told(&self) -> String {
        let path = self.path.display();
        match &self.text {
            Ok(_) => format!("`{path}`"),
            Err(error) => format!("`{path}`, which cannot be read: {error}"),
        }
    }
}

fn profile(name: &str, config: &Shared, credentials: &Shared, needs_keys: bool) -> Result<Profile> {
    let of_config = config.section(|title| {
        title == name && name == "default"
            || title.strip_prefix("profile").is_some_and(|rest| rest.trim() == name)
    });
    let of_credentials = credentials.section(|title| title == name);
    if of_config.is_none() && of_credentials.is_none() {
        let places = [credentials.told(), config.told()].join("; nor in ");
        return Err(refusal(
            format!("the profile `{name}` is not in {places}"),
            MISSING.to_owned(),
        ));
    }
    let mut values = of_config.unwrap_or_default();
    values.extend(of_credentials.unwrap_or_default());
    let keys = keys_of(&values);
    if keys.is_none() && needs_keys {
        if let Some((_, way)) = FETCHED.iter().find(|(key, _)| values.contains_key(*key)) {
            let text = format!("the keys of the profile `{name}` come from {way}");
            return Err(refusal(text, export_of(name)));
        }
        if let (Some(variable), Err(_)) = (credentials.variable, &credentials.text) {
            let text = format!("`{variable}` names {}", credentials.told());
            return Err(refusal(text, MISSING.to_owned()));
        }
    }
    let endpoint = values.remove("endpoint_url");
    Ok(Profile { keys, region: values.remove("region"), endpoint })
}

fn keys_of(values: &Section) -> Option<Keys> {
    Some(Keys {
        id: values.get("aws_access_key_id")?.clone(),
        secret: values.get("aws_secret_access_key")?.clone(),
        token: values.get("aws_session_token").cloned(),
    })
}

fn refusal(text: String, hint: String) -> Error {
    Error::permission_denied("find the credentials for", Reply { text, hint: Some(hint) })
}

fn export_of(name: &str) -> String {
    format!(
        "put its keys into the environment: eval \"$(aws configure export-credentials --profile {name} --format env)\""
    )
}

/// Returns the values of the sections whose title is wanted.
fn section(text: &str, is_wanted: impl Fn(&str) -> bool) -> Option<Section> {
    let mut found: Option<Section> = None;
    let mut is_inside = false;
    for line in text.lines() {
        let is_nested = line.starts_with([' ', '\t']);
        let line = line.trim();
        if let Some(title) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            is_inside = is_wanted(title.0.trim());
            if is_inside {
                found.get_or_insert_default();
            }
        } else if let (true, false, Some((key, value)), Some(found)) =
            (is_inside, is_nested || line.starts_with(['#', ';']), line.split_once('='), &mut found)
        {
            found.insert(key.trim().to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-north-1\n# region = none\n[profile dev]\nregion=eu-west-1\n\
        s3 =\n  region = nested\n[profile sso]\nsso_session = work\n[profile role]\nrole_arn = arn\n";
    const CREDENTIALS: &str =
        "[dev]\naws_access_key_id = A\naws_secret_access_key = B=\n\n[other]\n";

    fn file(path: &str, text: &str) -> Shared {
        Shared { path: path.into(), text: Ok(text.to_owned()), variable: None }
    }

    fn profile_of(name: &str, needs_keys: bool) -> Result<Profile> {
        profile(name, &file("/config", CONFIG), &file("/credentials", CREDENTIALS), needs_keys)
    }

    #[test]
    fn keys_and_region_come_from_both_files() {
        let found = profile_of("dev", true).expect("it is there");
        let keys = Keys { id: "A".into(), secret: "B=".into(), token: None };
        assert_eq!((found.keys, found.region.as_deref()), (Some(keys), Some("eu-west-1")));
    }

    #[test]
    fn a_profile_without_keys_says_its_region() {
        let found = profile_of("default", true).expect("it is there");
        assert_eq!((found.keys, found.region.as_deref()), (None, Some("eu-north-1")));
    }

    #[test]
    fn keys_that_have_to_be_fetched_are_refused_with_the_command_that_does() {
        let report = |name| {
            let error = profile_of(name, true).expect_err(name);
            (error.report(), error.hint().unwrap_or_default())
        };
        let (text, hint) = report("sso");
        assert!(text.ends_with("the keys of the profile `sso` come from single sign-on"), "{text}");
        assert!(
            hint.contains("aws configure export-credentials --profile sso --format env"),
            "{hint}"
        );
        assert!(report("role").0.ends_with("come from a role"));
        let (text, hint) = report("gone");
        let places = "the profile `gone` is not in `/credentials`; nor in `/config`";
        assert!(text.ends_with(places), "{text}");
        assert_eq!(hint, MISSING);
        assert!(profile_of("sso", false).is_ok(), "other keys are given");
    }
}
