//! A stretch of text that comes again and again, read once.

use super::grammar::{Grammar, Step};

/// What stands at the beginning of many objects of one text, down to the start of a container in it.
///
/// Reading it token by token would give the same tokens each time, so who knows what they mean may
/// have [`Tokens::pass`](super::Tokens::pass) compare the bytes instead.
pub struct Phrase {
    text: Box<[u8]>,
    /// The state behind it, with the object around it as the outermost level.
    end: Grammar,
}

impl Phrase {
    /// Returns the phrase that follows the `{` of an object and ends with a `{` or `[` inside it;
    /// nothing where the text is not that.
    pub fn in_object(text: &[u8]) -> Option<Self> {
        if !matches!(text.last(), Some(b'{' | b'[')) {
            return None;
        }
        let mut end = Grammar::new();
        let _ = end.step(b"{", 0, false);
        let mut at = 0;
        while at < text.len() {
            match end.step(text, at, false) {
                Ok(Step::Found(span)) => at = span.to,
                _ => return None,
            }
        }
        (end.depth() > 1).then(|| Self { text: text.into(), end })
    }

    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    #[inline]
    pub(super) const fn end(&self) -> &Grammar {
        &self.end
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Token, Tokens};
    use super::*;

    fn tokens_of(text: &[u8], skipped: usize) -> Vec<String> {
        let mut tokens = Tokens::from_slice(text);
        let mut all = Vec::new();
        while let Some(token) = tokens.next().expect("it is valid") {
            all.push(format!("{token:?}"));
        }
        all.split_off(skipped)
    }

    #[test]
    fn a_passed_phrase_leaves_what_follows_as_it_is() {
        let phrase = Phrase::in_object(br#""a":[1,"b"],"c":{"d":["#).expect("it ends in an array");
        let text = br#"[{"a":[1,"b"],"c":{"d":[2,{}]},"e":[]},3]"#;
        let mut tokens = Tokens::from_slice(text);
        for start in [Token::ArrayStart, Token::ObjectStart] {
            assert_eq!(tokens.next().expect("it is valid"), Some(start));
        }
        assert!(tokens.pass(&phrase));
        assert_eq!((tokens.offset(), tokens.depth()), (23, 4));
        let mut rest = Vec::new();
        while let Some(token) = tokens.next().expect("it is valid") {
            rest.push(format!("{token:?}"));
        }
        assert_eq!(rest, tokens_of(text, 11));
    }

    #[test]
    fn a_phrase_is_passed_only_where_it_stands_directly_behind_a_brace() {
        let phrase = Phrase::in_object(br#""a":{"#).expect("it ends in an object");
        for text in [&br#"{"b":{"a":{}}}"#[..], br#"{ "a":{}}"#, br#"{"a":["a"]}"#] {
            let mut tokens = Tokens::from_slice(text);
            assert!(!tokens.pass(&phrase));
            tokens.next().expect("it is valid");
            assert!(!tokens.pass(&phrase));
            tokens.next().expect("it is valid");
            assert!(!tokens.pass(&phrase));
        }
    }

    #[test]
    fn what_is_no_phrase_is_told() {
        let texts =
            [r#""#, r#""a":1"#, r#""a":"{"#, r#"}{"#, r#""a":1},{"#, r#""a":1}"#, r#""a"{"#];
        for text in texts {
            assert!(Phrase::in_object(text.as_bytes()).is_none(), "{text}");
        }
    }
}
