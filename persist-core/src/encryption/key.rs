//! What seals and opens: passphrases, and pairs of a recipient and an identity.
//!
//! No key is printed: `Debug` shows none, and errors say where in a text a key is malformed, never what
//! stands there. What a dropped key leaves in memory is overwritten.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use ::age::secrecy::{ExposeSecret, SecretString};
use ::age::{scrypt, x25519};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::limits::WORK_FACTOR;

/// What a passphrase costs unless told otherwise: 2^18 steps of scrypt, about a second and 256 MiB.
pub const DEFAULT_WORK_FACTOR: u8 = 18;

/// A secret that people can remember; whoever knows it reads, and writes.
#[derive(Clone)]
pub struct Passphrase {
    text: SecretString,
    work_factor: u8,
}

impl Passphrase {
    /// Returns the passphrase `text`, byte for byte.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when it is empty.
    pub fn new(text: &str) -> Result<Self> {
        if text.is_empty() {
            return Err(Error::bad_argument("passphrase", "is empty"));
        }
        Ok(Self { text: SecretString::from(text.to_owned()), work_factor: DEFAULT_WORK_FACTOR })
    }

    /// Returns the passphrase with what sealing with it costs: 2^`work_factor` steps of scrypt.
    ///
    /// Each step more doubles time and memory, for opening too, and for whoever guesses.
    ///
    /// # Errors
    /// [`Error::BadArgument`] unless it is from 1 to 20, the most that a reader takes on.
    pub fn with_work_factor(self, work_factor: u8) -> Result<Self> {
        if !(1..=WORK_FACTOR).contains(&work_factor) {
            let reason = format!("{work_factor} is not from 1 to {WORK_FACTOR}");
            return Err(Error::bad_argument("work_factor", reason));
        }
        Ok(Self { work_factor, ..self })
    }

    fn sealing(&self) -> scrypt::Recipient {
        let mut recipient = scrypt::Recipient::new(self.text.clone());
        recipient.set_work_factor(self.work_factor);
        recipient
    }

    fn opening(&self) -> scrypt::Identity {
        let mut identity = scrypt::Identity::new(self.text.clone());
        identity.set_max_work_factor(WORK_FACTOR);
        identity
    }
}

/// The public half of a pair: seals for whoever holds the other half, and opens nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Recipient(x25519::Recipient);

impl Recipient {
    /// Returns the recipients in a text of one per line; empty lines and those that begin with `#`
    /// count for nothing.
    ///
    /// # Errors
    /// [`Error::BadArgument`] naming the first line that is none, or when there is none at all.
    pub fn all_in(text: &str) -> Result<Vec<Self>> {
        all_in(text, "recipient")
    }
}

impl FromStr for Recipient {
    type Err = Error;

    /// Reads `age1…`.
    fn from_str(text: &str) -> Result<Self> {
        let reason = "is no recipient, which is `age1` and 58 letters and digits";
        text.parse().map(Self).map_err(|_| Error::bad_argument("recipient", reason))
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// The secret half of a pair: opens what was sealed for the other half.
#[derive(Clone)]
pub struct Identity(x25519::Identity);

impl Identity {
    /// Makes a new one.
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// Returns the identities in a text of one per line, as `age-keygen` writes them; empty lines and
    /// those that begin with `#` count for nothing.
    ///
    /// # Errors
    /// [`Error::BadArgument`] naming the first line that is none, or when there is none at all.
    pub fn all_in(text: &str) -> Result<Vec<Self>> {
        all_in(text, "identity")
    }

    /// Returns the public half.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public())
    }

    /// Returns the secret itself, `AGE-SECRET-KEY-1…`.
    pub fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.to_string().expose_secret().to_owned())
    }
}

impl FromStr for Identity {
    type Err = Error;

    /// Reads `AGE-SECRET-KEY-1…`.
    fn from_str(text: &str) -> Result<Self> {
        let reason = "is no identity, which is `AGE-SECRET-KEY-1` and 58 letters and digits";
        text.parse().map(Self).map_err(|_| Error::bad_argument("identity", reason))
    }
}

fn all_in<T: FromStr<Err = Error>>(text: &str, name: &'static str) -> Result<Vec<T>> {
    // Some editors begin every text with a mark of its encoding.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let keys = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let read = |(number, line): (usize, &str)| {
        let misread = |_| Error::bad_argument(name, format!("line {number} is none"));
        line.parse().map_err(misread)
    };
    let found: Vec<T> = keys.map(read).collect::<Result<_>>()?;
    if found.is_empty() {
        return Err(Error::bad_argument(name, "there is none in the text"));
    }
    Ok(found)
}

/// One key of any kind.
#[derive(Clone)]
pub enum Key {
    /// Seals, alone, and opens.
    Passphrase(Passphrase),
    /// Seals.
    Recipient(Recipient),
    /// Opens, and seals for itself.
    Identity(Identity),
}

/// The keys of one call; clones share them.
///
/// Sealing takes any number of recipients and identities, all of which will open the file, or one
/// passphrase and nothing else. Opening tries every identity and every passphrase.
#[derive(Clone)]
pub struct Keys(Arc<[Key]>);

impl Keys {
    /// Returns the keys of a call.
    pub fn new(keys: Vec<Key>) -> Self {
        Self(keys.into())
    }

    /// Makes sure that a file can be sealed for all of them.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when there is none, or a passphrase beside another key.
    pub fn check_sealing(&self) -> Result<()> {
        let has_passphrase = self.0.iter().any(|key| matches!(key, Key::Passphrase(_)));
        match self.0.len() {
            0 => Err(Error::bad_argument("encryption", "holds no key")),
            2.. if has_passphrase => Err(Error::bad_argument(
                "encryption",
                "holds a passphrase beside another key; what it seals opens with it alone",
            )),
            _ => Ok(()),
        }
    }

    /// Makes sure that one of them can open something.
    ///
    /// # Errors
    /// [`Error::BadArgument`] when there is none but recipients.
    pub fn check_opening(&self) -> Result<()> {
        if self.0.is_empty() {
            return Err(Error::bad_argument("encryption", "holds no key"));
        }
        if self.0.iter().all(|key| matches!(key, Key::Recipient(_))) {
            let reason = "holds recipients only, which open nothing; identities and passphrases do";
            return Err(Error::bad_argument("encryption", reason));
        }
        Ok(())
    }

    /// Returns what the library seals with.
    pub(super) fn sealing(&self) -> Vec<Box<dyn ::age::Recipient>> {
        let each = |key: &Key| -> Box<dyn ::age::Recipient> {
            match key {
                Key::Passphrase(passphrase) => Box::new(passphrase.sealing()),
                Key::Recipient(recipient) => Box::new(recipient.0.clone()),
                Key::Identity(identity) => Box::new(identity.0.to_public()),
            }
        };
        self.0.iter().map(each).collect()
    }

    /// Returns what the library opens with.
    pub(super) fn opening(&self) -> Vec<Box<dyn ::age::Identity>> {
        let each = |key: &Key| -> Option<Box<dyn ::age::Identity>> {
            match key {
                Key::Passphrase(passphrase) => Some(Box::new(passphrase.opening())),
                Key::Recipient(_) => None,
                Key::Identity(identity) => Some(Box::new(identity.0.clone())),
            }
        };
        self.0.iter().filter_map(each).collect()
    }
}

/// Declares how keys are printed: by their kind alone.
macro_rules! unprinted {
    ($($kind:ident),+) => {
        $(impl fmt::Debug for $kind {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($kind)).finish_non_exhaustive()
            }
        })+
    };
}

unprinted!(Passphrase, Recipient, Identity, Key, Keys);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_is_written_and_read() {
        let identity = Identity::generate();
        let again: Identity = identity.reveal().parse().expect("its own text");
        assert_eq!(*again.reveal(), *identity.reveal());
        let recipient: Recipient = identity.recipient().to_string().parse().expect("its own text");
        assert_eq!(recipient, again.recipient());
    }

    #[test]
    fn a_text_of_keys_is_read_by_line_and_never_printed() {
        let secret = Identity::generate().reveal().to_string();
        let text = format!("# created: today\n\n{secret}\r\n  {secret}  \n");
        assert_eq!(Identity::all_in(&text).expect("two of them").len(), 2);
        assert_eq!(Identity::all_in(&format!("\u{feff}{secret}")).expect("one").len(), 1);
        let error = Identity::all_in(&format!("{secret}\n{}", &secret[1..])).expect_err("line 2");
        assert_eq!(error.to_string(), "bad argument `identity`: line 2 is none");
        let error = Recipient::all_in("# none\n").expect_err("empty");
        assert_eq!(error.to_string(), "bad argument `recipient`: there is none in the text");
        let error = secret[1..].parse::<Identity>().expect_err("cut");
        assert!(!error.report().contains(&secret[20..30]), "{error}");
    }

    #[test]
    fn keys_say_what_they_cannot_do() {
        let passphrase = Key::Passphrase(Passphrase::new("open sesame").expect("a text"));
        let identity = Key::Identity(Identity::generate());
        let recipient = Key::Recipient(Identity::generate().recipient());
        for (keys, seals, opens) in [
            (vec![], false, false),
            (vec![passphrase.clone()], true, true),
            (vec![passphrase.clone(), passphrase.clone()], false, true),
            (vec![passphrase, identity.clone()], false, true),
            (vec![identity, recipient.clone()], true, true),
            (vec![recipient], true, false),
        ] {
            let keys = Keys::new(keys);
            assert_eq!(
                (keys.check_sealing().is_ok(), keys.check_opening().is_ok()),
                (seals, opens)
            );
            assert_eq!(format!("{keys:?}"), "Keys { .. }");
        }
    }

    #[test]
    fn a_work_factor_has_bounds() {
        let passphrase = || Passphrase::new("open sesame").expect("a text");
        for work_factor in [1, 20] {
            assert!(passphrase().with_work_factor(work_factor).is_ok());
        }
        let error = passphrase().with_work_factor(21).expect_err("too much");
        assert_eq!(error.to_string(), "bad argument `work_factor`: 21 is not from 1 to 20");
        assert!(passphrase().with_work_factor(0).is_err() && Passphrase::new("").is_err());
    }
}
