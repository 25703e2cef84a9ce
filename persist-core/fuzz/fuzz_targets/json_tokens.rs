//! Any bytes as state text: tokens or an error, the same from a slice and across chunk borders, and
//! every string that is read is written back as one that reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use persist_core::Error;
use persist_core::json::{Token, Tokens, as_f64, as_i64, push_wtf8};

fuzz_target!(|bytes: &[u8]| {
    let Some((window, text)) = bytes.split_first() else { return };
    let mut whole = Tokens::from_slice(text);
    let mut moving = Tokens::with_window(text, usize::from(*window));
    loop {
        match (whole.next(), moving.next()) {
            (Ok(Some(one)), Ok(Some(other))) => {
                assert_eq!(one, other);
                check(one);
            }
            (Ok(None), Ok(None)) => return,
            (Err(one), Err(other)) => return assert_eq!(place(&one), place(&other)),
            (one, other) => panic!("{one:?} from a slice, {other:?} across borders"),
        }
        assert_eq!((whole.offset(), whole.depth()), (moving.offset(), moving.depth()));
    }
});

fn check(token: Token<'_>) {
    match token {
        Token::Key(text) | Token::String(text) => {
            let mut spare = Vec::new();
            let value = text.value(&mut spare);
            let mut out = Vec::new();
            push_wtf8(&mut out, value);
            assert!(matches!(
                Tokens::from_slice(&out).next(),
                Ok(Some(Token::String(again))) if again.value(&mut Vec::new()) == value
            ));
        }
        Token::Number(digits) => {
            assert!(as_f64(digits).is_some());
            as_i64(digits);
        }
        _ => {}
    }
}

fn place(error: &Error) -> (u64, &str) {
    match error {
        Error::BadStateText { offset, reason, .. } => (*offset, reason),
        other => panic!("not a fault of the text: {other}"),
    }
}
