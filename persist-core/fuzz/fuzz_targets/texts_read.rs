//! Any text where a caller names a place or a key: an error or what it says, never a panic, and what was
//! read is printed as a text that reads the same.
//!
//! The first line is the location, the others are options of its storage, `name=value`; the whole is
//! read as a file of keys too, and as one that the AWS tools share. Built without the clouds, whose
//! crates would take longer to build than all else that is fuzzed; what they refuse is refused here as
//! a scheme that is not supported.
#![no_main]

use libfuzzer_sys::fuzz_target;
use persist_core::{ErrorKind, Identity, Location, Passphrase, Recipient};

// Of the clouds it is the one reader of files, and needs none of their crates.
#[path = "../../src/storage/profile/section.rs"]
mod section;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    check_location(text);
    check_keys(text);
    check_section(text);
});

fn check_location(text: &str) {
    let (place, lines) = text.split_once('\n').unwrap_or((text, ""));
    let pairs = lines.lines().filter_map(|line| line.split_once('='));
    let options: Vec<(String, String)> =
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let refused = match Location::parse_with(place, &options) {
        Ok(_) => None,
        Err(error) => Some(error),
    };
    match Location::parse(place) {
        Ok(location) => check_printed(&location),
        // Options may be at fault where the text is not; never the other way round.
        Err(error) => {
            let kinds = [ErrorKind::BadArgument, ErrorKind::UnknownScheme, ErrorKind::Unsupported];
            assert!(kinds.contains(&error.kind()), "{}", error.report());
            assert!(refused.is_some(), "{}", error.report());
        }
    }
}

fn check_printed(location: &Location) {
    let shown = location.to_string();
    match location {
        // Percent-decoded bytes need not be Unicode, and then are not printed as they stand.
        Location::Local(path) if path.to_str().is_none() => {}
        Location::Local(_) | Location::Memory(_) => {
            assert_eq!(Location::parse(&shown).expect("it was read before"), *location);
        }
    }
}

fn check_keys(text: &str) {
    for recipient in Recipient::all_in(text).unwrap_or_default() {
        assert!(recipient.to_string().parse::<Recipient>().is_ok_and(|again| again == recipient));
    }
    for identity in Identity::all_in(text).unwrap_or_default() {
        let again: Identity = identity.reveal().parse().expect("its own text");
        assert_eq!(again.recipient().to_string(), identity.recipient().to_string());
    }
    assert_eq!(Passphrase::new(text).is_err(), text.is_empty());
}

fn check_section(text: &str) {
    let read = section::section(text, |title| title.len() % 2 == 0, |number| number.to_string());
    let numbers = 1..=text.lines().count();
    match read {
        Ok(found) => {
            for value in found.unwrap_or_default().into_values() {
                assert!(text.contains(&value.text), "{value:?}");
                assert!(value.place.parse().is_ok_and(|number| numbers.contains(&number)));
            }
        }
        Err(told) => {
            let (number, reason) = told.split_once(' ').expect("a number and what is wrong");
            assert!(number.parse().is_ok_and(|number| numbers.contains(&number)), "{told}");
            let is_known =
                reason.starts_with("is neither `name") || reason.starts_with("begins with `[`");
            assert!(is_known, "{told}");
        }
    }
}
