//! Keys and region of a named profile, from the files that the AWS tools share.

use std::collections::HashMap;
use std::env;
use std::fs;
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
/// says that no others are given, for one whose keys have to be fetched.
pub(super) fn read(needs_keys: bool) -> Result<Option<Profile>> {
    let Some(name) = env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let text = |variable: &str, file: &str| {
        let path = env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| Some(env::home_dir()?.join(".aws").join(file)));
        // A file that cannot be read is as good as none: the other may have the profile.
        path.and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default()
    };
    let credentials = text("AWS_SHARED_CREDENTIALS_FILE", "credentials");
    let config = text("AWS_CONFIG_FILE", "config");
    profile(&name, &config, &credentials, needs_keys).map(Some)
}

fn profile(name: &str, config: &str, credentials: &str, needs_keys: bool) -> Result<Profile> {
    let of_config = section(config, |title| {
        title == name && name == "default"
            || title.strip_prefix("profile").is_some_and(|rest| rest.trim() == name)
    });
    let of_credentials = section(credentials, |title| title == name);
    if of_config.is_none() && of_credentials.is_none() {
        return Err(refusal(format!("no profile `{name}` is in the files of the AWS tools"), name));
    }
    let mut values = of_config.unwrap_or_default();
    values.extend(of_credentials.unwrap_or_default());
    let keys = keys_of(&values);
    let fetched = FETCHED.iter().find(|(key, _)| values.contains_key(*key));
    if let (None, true, Some((_, way))) = (&keys, needs_keys, fetched) {
        return Err(refusal(format!("the keys of the profile `{name}` come from {way}"), name));
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

fn refusal(text: String, name: &str) -> Error {
    let hint = format!(
        "put its keys into the environment: eval \"$(aws configure export-credentials --profile {name} --format env)\""
    );
    Error::permission_denied("find the credentials for", Reply { text, hint: Some(hint) })
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

    #[test]
    fn keys_and_region_come_from_both_files() {
        let profile = profile("dev", CONFIG, CREDENTIALS, true).expect("it is there");
        let keys = Keys { id: "A".into(), secret: "B=".into(), token: None };
        assert_eq!((profile.keys, profile.region.as_deref()), (Some(keys), Some("eu-west-1")));
    }

    #[test]
    fn a_profile_without_keys_says_its_region() {
        let profile = profile("default", CONFIG, CREDENTIALS, true).expect("it is there");
        assert_eq!((profile.keys, profile.region.as_deref()), (None, Some("eu-north-1")));
    }

    #[test]
    fn keys_that_have_to_be_fetched_are_refused_with_the_command_that_does() {
        let report = |name| {
            let error = profile(name, CONFIG, CREDENTIALS, true).expect_err(name);
            (error.report(), error.hint().unwrap_or_default())
        };
        let (text, hint) = report("sso");
        assert!(text.ends_with("the keys of the profile `sso` come from single sign-on"), "{text}");
        assert!(
            hint.contains("aws configure export-credentials --profile sso --format env"),
            "{hint}"
        );
        assert!(report("role").0.ends_with("come from a role"));
        assert!(report("gone").0.ends_with("no profile `gone` is in the files of the AWS tools"));
        assert!(profile("sso", CONFIG, CREDENTIALS, false).is_ok(), "other keys are given");
    }
}
