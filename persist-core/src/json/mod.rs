//! State text as a stream of tokens, and the writer of its pieces. No tree is ever built.
//!
//! [`Tokens`] reads RFC 8259 to the letter from a slice or from any reader; strings come as
//! [`Text`], numbers as the digits that stand in the text (see [`as_i64`] and [`as_f64`]).
//! The `push_*` functions append one value each to a byte buffer. What the values mean is decided
//! by who calls: duplicate keys, nodes and labels are not this module's business.

mod grammar;
mod lexer;
mod number;
mod phrase;
mod scan;
mod search;
mod text;
mod window;
mod writer;

pub use lexer::{Token, Tokens};
pub use number::{as_f64, as_i64, decimal_of_hex, hex_of_decimal, is_integer};
pub use phrase::{MemberStart, Phrase};
pub use search::Search;
pub use text::{Text, code_points, count_surrogates, has_split_pair};
pub use writer::{
    base64_length, base64_size, decode_base64, decode_base64_into, push_base64, push_base64_part,
    push_f64, push_i64, push_str, push_str_part, push_wtf8,
};
