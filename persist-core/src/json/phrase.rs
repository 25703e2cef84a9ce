//! A stretch of text that comes again and again, read once.

use super::grammar::{Grammar, Step};
use super::writer::push_str;

/// What stands at the beginning of many objects of one text, down to a key in it or the start of a
/// container.
///
/// Reading it token by token would give the same tokens each time, so who knows what they mean may
/// have [`Tokens::pass`](super::Tokens::pass) compare the bytes instead.
pub struct Phrase {
    text: Box<[u8]>,
    /// The state behind it, with the object around it as the outermost level.
    end: Grammar,
}

impl Phrase {
    /// Returns the phrase that follows the `{` of an object and ends with a key of it, or with a `{` or
    /// `[` inside it; nothing where the text is not that.
    pub fn in_object(text: &[u8]) -> Option<Self> {
        let mut end = Grammar::new();
        let _ = end.step(b"{", 0, false);
        let mut at = 0;
        while at < text.len() {
            match end.step(text, at, false) {
                Ok(Step::Found(span)) => at = span.to,
                _ => return None,
            }
        }
        let is_begun = matches!(text.last(), Some(b'{' | b'[')) && end.depth() > 1;
        let is_whole = is_begun || (end.depth() == 1 && end.is_behind_key());
        is_whole.then(|| Self { text: text.into(), end })
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

/// How a member of an object begins: its key, and the colon behind it.
pub struct MemberStart(Box<[u8]>);

impl MemberStart {
    /// Returns the beginning of the member that has this key, as [`push_str`](super::push_str)
    /// writes it.
    pub fn of(key: &str) -> Self {
        let mut text = Vec::with_capacity(key.len() + 3);
        push_str(&mut text, key);
        text.push(b':');
        Self(text.into())
    }

    #[inline]
    pub(super) fn text(&self) -> &[u8] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Token, Tokens};
    use super::*;

    fn rest_of(mut tokens: Tokens<'_>) -> Vec<String> {
        let next = || Some(format!("{:?}", tokens.next().expect("it is valid")?));
        std::iter::from_fn(next).collect()
    }

    fn tokens_of(text: &[u8], skipped: usize) -> Vec<String> {
        rest_of(Tokens::from_slice(text)).split_off(skipped)
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
        assert_eq!(rest_of(tokens), tokens_of(text, 11));
    }

    #[test]
    fn a_phrase_may_end_behind_a_key() {
        let phrase = Phrase::in_object(br#""a":[1],"b""#).expect("it ends behind a key");
        let text = br#"{"a":[1],"b" : {"c":[]}}"#;
        let mut tokens = Tokens::from_slice(text);
        tokens.next().expect("it is valid");
        assert!(tokens.pass(&phrase));
        assert_eq!(rest_of(tokens), tokens_of(text, 6));
    }

    #[test]
    fn a_phrase_is_passed_only_where_it_stands_directly_behind_a_brace() {
        let phrase = Phrase::in_object(br#""a":{"#).expect("it ends in an object");
        for text in [&br#"{"b":{"a":{}}}"#[..], br#"{ "a":{}}"#, br#"{"a":["a"]}"#] {
            let mut tokens = Tokens::from_slice(text);
            for _ in 0..2 {
                assert!(!tokens.pass(&phrase));
                tokens.next().expect("it is valid");
            }
            assert!(!tokens.pass(&phrase));
        }
    }

    #[test]
    fn the_start_of_a_member_is_passed_only_where_one_may_stand() {
        let (a, b) = (MemberStart::of("a"), MemberStart::of("b"));
        let mut tokens = Tokens::from_slice(br#"[{"a":{"b":1},"b":"a","a" :["a"]}]"#);
        let mut next = |passes: [bool; 2]| {
            let passed = passes[0] && tokens.pass_member(&a) || passes[1] && tokens.pass_member(&b);
            (passed, format!("{:?}", tokens.next().expect("it is valid").expect("there is more")))
        };
        let both = [true, true];
        assert_eq!(next(both), (false, "ArrayStart".into()));
        assert_eq!(next(both), (false, "ObjectStart".into()));
        assert!(!next([false, true]).0);
        assert_eq!(next(both), (false, "ObjectStart".into()));
        assert_eq!(next(both), (true, "Number([49])".into()));
        assert_eq!(next(both), (false, "ObjectEnd".into()));
        assert!(next(both).0);
        let (passed, token) = next(both);
        assert!(!passed && token.starts_with("Key"));
        assert_eq!(next(both), (false, "ArrayStart".into()));
    }

    #[test]
    fn a_string_is_peeked_at_only_as_a_value_between_quotes() {
        let mut tokens = Tokens::from_slice(br#"{"a":"bcd","e":[1,"f"]}"#);
        assert_eq!(tokens.peek_string(1), None);
        assert_eq!(tokens.next().expect("it is valid"), Some(Token::ObjectStart));
        assert!(tokens.goes_on_with(b"\"a\"") && !tokens.goes_on_with(b"\"b"));
        assert_eq!(tokens.peek_string(1), None);
        assert!(tokens.pass_member(&MemberStart::of("a")));
        assert!(!tokens.goes_on_with(b""));
        assert_eq!([2, 4, 90].map(|length| tokens.peek_string(length)), [None; 3]);
        assert_eq!(tokens.peek_string(usize::MAX), None);
        assert_eq!(tokens.peek_string(3), Some(&b"bcd"[..]));
        tokens.pass_string(3);
        assert_eq!((tokens.offset(), tokens.depth()), (5, 1));
        assert!(matches!(tokens.next().expect("it is valid"), Some(Token::Key(_))));
        assert_eq!(tokens.peek_string(0), None);
        for token in [Token::ArrayStart, Token::Number(b"1")] {
            assert_eq!(tokens.next().expect("it is valid"), Some(token));
        }
        assert_eq!(tokens.peek_string(1), None);
    }

    #[test]
    fn what_is_no_phrase_is_told() {
        for text in ["", r#""a":1"#, r#""a":"{"#, "}{", r#""a":1},{"#, r#""a":1}"#, r#""a"{"#] {
            assert!(Phrase::in_object(text.as_bytes()).is_none(), "{text}");
        }
    }
}
