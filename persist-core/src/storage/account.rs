//! What a key of Google says of itself.

use serde_json::{Map, Value};

/// Who asks, and where, as a key of a service account says it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Account {
    /// The endpoint that it is for, where it is for another than Google's.
    pub(super) base_url: Option<String>,
    /// Whether that asks for no token.
    pub(super) is_open: bool,
}

/// Credentials that the client reads: what is said of those that are none, and the fields that must be
/// text.
type Kind = (&'static str, [&'static str; 3]);
const SERVICE: Kind = ("is no service account", ["private_key", "private_key_id", "client_email"]);
const USER: Kind = ("is no user's", ["client_id", "client_secret", "refresh_token"]);

impl Account {
    /// Reads the key of a service account.
    ///
    /// # Errors
    /// What is wrong with it, in words that repeat nothing of it.
    pub(super) fn of_key(text: &str) -> Result<Self, String> {
        let fields = fields(text).ok_or("is no JSON of a service account")?;
        Self::of_service(&fields)
    }

    /// Reads a file of credentials; one that is not for a service account alone says for whom it is.
    ///
    /// # Errors
    /// As [`of_key`](Self::of_key).
    pub(super) fn of_file(text: &str, is_of_service: bool) -> Result<Self, String> {
        let none = "has no credentials of Google";
        let fields = fields(text).ok_or(none)?;
        match fields.get("type").and_then(Value::as_str) {
            Some("service_account") => Self::of_service(&fields),
            Some("authorized_user") if !is_of_service => {
                check(&fields, &USER).map(|()| Self::default())
            }
            None if is_of_service => Self::of_service(&fields),
            Some(kind) if is_word(kind) => {
                Err(format!("has credentials of the type `{kind}`, which the client does not read"))
            }
            _ => Err(none.to_owned()),
        }
    }

    fn of_service(fields: &Map<String, Value>) -> Result<Self, String> {
        check(fields, &SERVICE)?;
        let title = SERVICE.0;
        let is_open = match fields.get("disable_oauth") {
            None => false,
            Some(Value::Bool(is_open)) => *is_open,
            Some(_) => {
                return Err(format!(
                    "{title}: its field `disable_oauth` is neither true nor false"
                ));
            }
        };
        let base_url = match fields.get("gcs_base_url") {
            None | Some(Value::Null) => None,
            Some(Value::String(url)) => Some(url.clone()),
            Some(_) => return Err(format!("{title}: its field `gcs_base_url` is no text")),
        };
        let key = fields.get("private_key").and_then(Value::as_str).unwrap_or_default();
        // Nothing is signed where no token is asked for.
        if !is_open && object_store::gcp::ServiceAccountKey::from_pem(key.as_bytes()).is_err() {
            return Err(format!("{title}: its `private_key` is no key that can be read"));
        }
        Ok(Self { base_url, is_open })
    }
}

fn fields(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

fn check(fields: &Map<String, Value>, (title, texts): &Kind) -> Result<(), String> {
    for name in texts {
        match fields.get(*name) {
            Some(Value::String(_)) => {}
            Some(_) => return Err(format!("{title}: its field `{name}` is no text")),
            None => return Err(format!("{title}: it has no field `{name}`")),
        }
    }
    Ok(())
}

fn is_word(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
