//! The reasons that services give for a refusal, as each words them; what is shown of them is short and
//! cannot move a terminal.

use serde::Deserialize;
use serde_json::Value;

/// How many bytes of a text from a service are shown.
const MESSAGE_BYTES: usize = 300;
const WORD_BYTES: usize = 80;

/// What the body of a refusal says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reason {
    pub(super) code: String,
    pub(super) message: String,
    /// The region the bucket is in, where the service tells.
    pub(super) region: Option<Box<str>>,
}

/// What every cloud answers with.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Refusal {
    code: String,
    message: String,
    region: Option<String>,
}

/// What a giver of credentials of AWS wraps it in.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Wrapped {
    error: Refusal,
}

impl Reason {
    /// Reads the body of a refusal; what has none in it gives none.
    pub(super) fn of(body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with('{') {
            return serde_json::from_str(text)
                .map(|value| Self::of_json(&value))
                .unwrap_or_default();
        }
        let wrapped = quick_xml::de::from_str(text).map(|wrapped: Wrapped| wrapped.error);
        let refusal = wrapped.or_else(|_| quick_xml::de::from_str(text)).unwrap_or_default();
        Self {
            code: word(&refusal.code),
            message: line(&refusal.message),
            region: refusal.region.map(|region| word(&region).into()),
        }
    }

    /// Reads what those who give credentials away answer: OAuth's words, Google's and AWS's.
    fn of_json(value: &Value) -> Self {
        let inner = value.get("error").filter(|error| error.is_object()).unwrap_or(value);
        let text = |names: &[&str]| {
            names.iter().find_map(|name| inner.get(name)?.as_str()).unwrap_or_default().to_owned()
        };
        Self {
            code: word(&text(&["error", "status", "code", "Code"])),
            message: line(&text(&["error_description", "message", "Message"])),
            region: None,
        }
    }
}

/// Returns the first line of a text, without its full stop.
pub(super) fn line(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    shown(line, MESSAGE_BYTES).trim_end_matches('.').to_owned()
}

/// Returns a name, such as a code.
pub(super) fn word(text: &str) -> String {
    shown(text.trim(), WORD_BYTES)
}

/// Returns what may be shown of a text: its beginning, with escapes for what is no letter of a line.
fn shown(text: &str, limit_bytes: usize) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        if shown.len() + letter.len_utf8() > limit_bytes {
            break;
        }
        if letter.is_control() || is_unseen(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Tells whether a letter turns the order of others around, or is not seen.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_service_words_its_reason() {
        let cases: [(&str, &str, &str); 8] = [
            (
                "<Error><Code>AccessDenied</Code><Message>No.</Message></Error>",
                "AccessDenied",
                "No",
            ),
            (
                "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
                 <Type>Sender</Type><Code>ExpiredTokenException</Code><Message>Token expired</Message>\
                 </Error><RequestId>1</RequestId></ErrorResponse>",
                "ExpiredTokenException",
                "Token expired",
            ),
            (
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: wrong.\r\nTrace"}"#,
                "invalid_client",
                "AADSTS7000215: wrong",
            ),
            (
                r#"{"error":{"code":403,"message":"Denied","status":"PERMISSION_DENIED"}}"#,
                "PERMISSION_DENIED",
                "Denied",
            ),
            (r#"{"code":"AccessDeniedException","message":"no"}"#, "AccessDeniedException", "no"),
            (r#"{"detail":"Not Found"}"#, "", ""),
            ("<html>5ec</html>", "", ""),
            ("", "", ""),
        ];
        for (body, code, message) in cases {
            let reason = Reason::of(body.as_bytes());
            assert_eq!((&*reason.code, &*reason.message), (code, message), "{body}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_moves_no_terminal() {
        let long = "x".repeat(5000);
        let body = format!(
            "<Error><Code>\u{202e}Bad</Code><Message>&#27;]0;title\u{7}</Message><Region>{long}</Region></Error>"
        );
        let reason = Reason::of(body.as_bytes());
        assert_eq!(reason.code, "\\u{202e}Bad");
        assert!(!reason.message.contains(['\u{1b}', '\u{7}']), "{}", reason.message);
        assert_eq!(reason.region.map(|region| region.len()), Some(WORD_BYTES));
        assert_eq!(line(&"é".repeat(5000)).len(), MESSAGE_BYTES);
    }
}
