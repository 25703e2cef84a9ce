//! The kinds of errors: what a caller can do about one.

/// Declares the kinds once: as an enum, as a list, and by their names for programs.
macro_rules! kinds {
    ($($kind:ident = $code:literal,)+) => {
        /// What a caller can do about an error; codes are only ever added.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ErrorKind {
            $(#[doc = concat!("`", $code, "`")] $kind,)+
        }

        impl ErrorKind {
            /// Every kind, in the order of the declaration.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$kind),+];

            /// Returns the kind's name for programs, such as `not_found`.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$kind => $code,)+
                }
            }
        }
    };
}

kinds! {
    NotFound = "not_found",
    Exists = "exists",
    NotASnapshot = "not_a_snapshot",
    NewerFormat = "newer_format",
    BadStateText = "bad_state_text",
    TooLarge = "too_large",
    Truncated = "truncated",
    HashMismatch = "hash_mismatch",
    Damaged = "damaged",
    TrailingBytes = "trailing_bytes",
    WrongKey = "wrong_key",
    KeyRequired = "key_required",
    NotEncrypted = "not_encrypted",
    DamagedCiphertext = "damaged_ciphertext",
    Storage = "storage",
    Unavailable = "unavailable",
    NoSuchBucket = "no_such_bucket",
    Interrupted = "interrupted",
    PermissionDenied = "permission_denied",
    BadArgument = "bad_argument",
    UnknownScheme = "unknown_scheme",
    Unsupported = "unsupported",
}
