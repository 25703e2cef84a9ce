//! Keys and region of a named profile, from the files that the AWS tools share.

mod path;
mod section;
mod word;

use std::borrow::Cow;
use std::env;
use std::fs;
use std::io;
use std::path::PathBuf;

use self::path::expanded;
pub(super) use self::section::Value;
use self::section::{Section, section};
use self::word::word_in;
use crate::error::{Error, Reply, Result};

/// What a profile says that a client can use.
pub(super) struct Profile {
    pub(super) keys: Option<Keys>,
    pub(super) region: Option<Value>,
    pub(super) endpoint: Option<Value>,
}

/// Static keys.
pub(super) struct Keys {
    pub(super) id: Value,
    pub(super) secret: Value,
    pub(super) token: Option<Value>,
}

const MISSING: &str = "check `AWS_PROFILE`, and `AWS_SHARED_CREDENTIALS_FILE` and `AWS_CONFIG_FILE` where they are set";

const MISWRITTEN: &str = "correct that line, or give keys by `storage_options` or the environment and leave `AWS_PROFILE` out";

/// What makes a profile one whose keys another program has to fetch, also where it has some itself.
const FETCHED: [(&str, &str); 4] = [
    ("sso_session", "single sign-on"),
    ("sso_start_url", "single sign-on"),
    ("role_arn", "a role"),
    ("login_session", "a login"),
];

/// Reads the profile that `AWS_PROFILE`, or else `AWS_DEFAULT_PROFILE`, names; `None` where none is named.
///
/// # Errors
/// [`PermissionDenied`](Error::PermissionDenied) for a profile that is not there or in a line that can be
/// read in two ways, and, where `needs_keys` says that no others are given, for one that has half of a
/// pair of keys, or whose keys have to be fetched or should stand in a file that a variable names and
/// that cannot be read.
pub(super) fn read(needs_keys: bool) -> Result<Option<Profile>> {
    // The second is what older tools read.
    let named = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]
        .into_iter()
        .find_map(|variable| env::var(variable).ok().filter(|name| !name.is_empty()));
    let Some(name) = named else { return Ok(None) };
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
        let path = named.map_or_else(usual, |path| expanded(&path));
        Self { text: fs::read_to_string(&path), path, variable }
    }

    fn section(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Option<Section>> {
        // A file that cannot be read is as good as none: the other may have the profile.
        let Ok(text) = self.text.as_deref() else { return Ok(None) };
        let place = |number| format!("line {number} of `{}`", self.path.display());
        section(text, is_wanted, place).map_err(|text| refusal(text, MISWRITTEN.to_owned()))
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
        title == name && name == "default" || name_in(title).is_some_and(|it| it == name)
    })?;
    let of_credentials = credentials.section(|title| title == name)?;
    if of_config.is_none() && of_credentials.is_none() {
        let places = [credentials.told(), config.told()].join("; nor in ");
        return Err(refusal(
            format!("the profile `{name}` is not in {places}"),
            MISSING.to_owned(),
        ));
    }
    let sections = [of_credentials.unwrap_or_default(), of_config.unwrap_or_default()];
    let keys = if needs_keys { keys(name, &sections, credentials)? } else { None };
    let value = |key| sections.iter().find_map(|section| section.get(key)).cloned();
    Ok(Profile { keys, region: value("region"), endpoint: value("endpoint_url") })
}

/// Returns the name in a title of the file of settings: a word as in a shell, which has its spaces in
/// quotes, and what is no such word as it stands.
fn name_in(title: &str) -> Option<Cow<'_, str>> {
    let rest =
        title.strip_prefix("profile").filter(|rest| rest.starts_with(char::is_whitespace))?;
    Some(word_in(rest).map_or(Cow::Borrowed(rest.trim_start()), Cow::Owned))
}

/// Returns the keys of a profile, in the order in which the AWS tools ask what it says.
fn keys(name: &str, sections: &[Section; 2], credentials: &Shared) -> Result<Option<Keys>> {
    let come_from = |way: &str| {
        let text = format!("the keys of the profile `{name}` come from {way}");
        refusal(text, export_of(name))
    };
    let has = |key: &str| sections.iter().any(|section| section.contains_key(key));
    if let Some((_, way)) = FETCHED.iter().find(|(key, _)| has(key)) {
        return Err(come_from(way));
    }
    let [of_credentials, of_config] = sections;
    if let Some(keys) = keys_of(of_credentials)? {
        return Ok(Some(keys));
    }
    if has("credential_process") {
        return Err(come_from("a program of its own"));
    }
    if let Some(keys) = keys_of(of_config)? {
        return Ok(Some(keys));
    }
    match (credentials.variable, &credentials.text) {
        (Some(variable), Err(_)) => {
            let text = format!("`{variable}` names {}", credentials.told());
            Err(refusal(text, MISSING.to_owned()))
        }
        _ => Ok(None),
    }
}

fn keys_of(section: &Section) -> Result<Option<Keys>> {
    let pair = ["aws_access_key_id", "aws_secret_access_key"];
    match pair.map(|key| section.get(key)) {
        [Some(id), Some(secret)] => {
            let token = section.get("aws_session_token").cloned();
            Ok(Some(Keys { id: id.clone(), secret: secret.clone(), token }))
        }
        [None, None] => Ok(None),
        [Some(half), None] => Err(halved(half, pair[1])),
        [None, Some(half)] => Err(halved(half, pair[0])),
    }
}

fn halved(half: &Value, missing: &str) -> Error {
    let text =
        format!("{} is half of a pair of keys, and its profile has no `{missing}`", half.place);
    refusal(text, MISWRITTEN.to_owned())
}

fn refusal(text: String, hint: String) -> Error {
    Error::permission_denied("find the credentials for", Reply { text, hint: Some(hint) })
}

fn export_of(name: &str) -> String {
    format!(
        "put its keys into the environment: eval \"$(aws configure export-credentials --profile {name} --format env)\""
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = "[default]\nregion = eu-north-1\n[profile dev]\nregion=eu-west-1\ns3 =\n  region = nested\n\
        [profile sso]\nsso_session = work\n[profile role]\nrole_arn = arn\n[profile program]\n\
        credential_process = x\naws_access_key_id = C\naws_secret_access_key = D\n";
    const CREDENTIALS: &str = "[dev]\naws_access_key_id = A\naws_secret_access_key = B=\n[role]\n\
        aws_access_key_id = A\naws_secret_access_key = B\n[program]\n";

    fn file(path: &str, text: &str) -> Shared {
        Shared { path: path.into(), text: Ok(text.to_owned()), variable: None }
    }

    fn read_in(config: &str, credentials: &str, name: &str) -> Result<[Option<String>; 4]> {
        let [config, credentials] = [file("/config", config), file("/credentials", credentials)];
        let found = profile(name, &config, &credentials, true)?;
        let keys = found.keys.map(|keys| [Some(keys.id), Some(keys.secret), keys.token]);
        let [id, secret, token] = keys.unwrap_or_default();
        Ok([id, secret, token, found.region].map(|value| value.map(|value| value.text)))
    }

    #[test]
    fn keys_and_region_come_from_both_files() {
        let own = |values: [Option<&str>; 4]| values.map(|value| value.map(str::to_owned));
        let read = |name| read_in(CONFIG, CREDENTIALS, name).expect(name);
        assert_eq!(read("dev"), own([Some("A"), Some("B="), None, Some("eu-west-1")]));
        assert_eq!(read("default"), own([None, None, None, Some("eu-north-1")]));
    }

    #[test]
    fn a_name_in_quotes_is_the_name_without_them() {
        for title in ["'my dev'", "\"my dev\"", r"my\ dev", "my dev"] {
            let config = format!("[profile {title}]\nregion = eu-north-1\n");
            let [id, _, _, region] = read_in(
                &config,
                "[my dev]\naws_access_key_id = A\naws_secret_access_key = B",
                "my dev",
            )
            .expect(title);
            assert_eq!([id.as_deref(), region.as_deref()], [Some("A"), Some("eu-north-1")]);
        }
        let [_, _, _, region] =
            read_in("[profile \"dev\"]\nregion = eu-north-1\n", "", "dev").expect("it is there");
        assert_eq!(region.as_deref(), Some("eu-north-1"));
        read_in("", "['dev']\nregion = x\n", "dev").expect_err("the other file has none in quotes");
    }

    #[test]
    fn what_is_wrong_in_a_file_is_told_by_its_line_and_never_shown() {
        for (config, credentials, reason) in [
            (
                "",
                "[dev\n5ecret",
                "line 1 of `/credentials` begins with `[` and is no title such as `[profile dev]`",
            ),
            (
                "[profile dev]\n5ecret",
                CREDENTIALS,
                "line 2 of `/config` is neither `name = value` nor a title",
            ),
            (
                "[profile dev]\naws_access_key_id = A",
                "[dev]\naws_secret_access_key = 5ecret",
                "line 2 of `/credentials` is half of a pair of keys, and its profile has no `aws_access_key_id`",
            ),
            (
                "[profiledev]\naws_access_key_id = A\naws_secret_access_key = 5ecret",
                "",
                "the profile `dev` is not in `/credentials`; nor in `/config`",
            ),
        ] {
            let error = read_in(config, credentials, "dev").expect_err(reason);
            let text = format!("no permission to find the credentials for the data: {reason}");
            assert_eq!(error.report(), text);
        }
    }

    #[test]
    fn keys_that_have_to_be_fetched_are_refused_with_the_command_that_does() {
        for (name, way) in
            [("sso", "single sign-on"), ("role", "a role"), ("program", "a program of its own")]
        {
            let error = read_in(CONFIG, CREDENTIALS, name).expect_err(name);
            let text = format!("the keys of the profile `{name}` come from {way}");
            assert!(error.report().ends_with(&text), "{}", error.report());
            let command = format!("aws configure export-credentials --profile {name} --format env");
            assert!(error.hint().unwrap_or_default().contains(&command));
        }
        let error = read_in(CONFIG, CREDENTIALS, "gone").expect_err("it is in none");
        let places = "the profile `gone` is not in `/credentials`; nor in `/config`";
        assert!(error.report().ends_with(places), "{}", error.report());
        assert_eq!(error.hint().as_deref(), Some(MISSING));
        let found = profile("sso", &file("/config", CONFIG), &file("/credentials", ""), false);
        assert!(found.is_ok(), "other keys are given");
    }
}
