//! A word as a shell reads it, which is how the AWS tools write and read the name of a profile.

/// What stands between two words.
const SPACE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Returns the one word that `text` is, without its quotes and escapes; `None` where it is several, none,
/// or not finished.
pub(super) fn word_in(text: &str) -> Option<String> {
    let text = text.trim_matches(SPACE);
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(opened), _) if opened == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '\\') => word.push(letters.next()?),
            (Some('"'), '\\') => {
                let escaped = letters.next()?;
                if !matches!(escaped, '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (None, _) if SPACE.contains(&letter) => return None,
            _ => word.push(letter),
        }
    }
    (quote.is_none() && !text.is_empty()).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_loses_its_quotes_and_escapes() {
        for (text, word) in [
            ("dev", Some("dev")),
            (" dev\t", Some("dev")),
            ("'my dev'", Some("my dev")),
            ("\"my dev\"", Some("my dev")),
            (r"my\ dev", Some("my dev")),
            (r#"'a\b'"#, Some(r"a\b")),
            (r#""a\b\"c\\""#, Some(r#"a\b"c\"#)),
            (r#"'it'"'"'s'"#, Some("it's")),
            ("''", Some("")),
            ("", None),
            ("my dev", None),
            ("'my' dev", None),
            ("ada's", None),
            ("\"dev", None),
            ("dev\\", None),
        ] {
            assert_eq!(word_in(text).as_deref(), word, "{text}");
        }
    }
}
