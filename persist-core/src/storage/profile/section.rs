//! A section of a file that the AWS tools share, as they read it.

use std::collections::HashMap;

/// A value that is not empty, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) text: String,
    /// Such as ``line 2 of `/home/ada/.aws/config` ``.
    pub(crate) place: String,
}

pub(crate) type Section = HashMap<String, Value>;

/// Returns the values of the sections whose title is wanted, or what is wrong with which line.
///
/// As the AWS tools read them: a line that is further in than the value before it goes on with that, and
/// none of those is of use here. What looks like a title and is none is refused in any section: what
/// follows it would count for the profile before.
pub(crate) fn section(
    text: &str,
    is_wanted: impl Fn(&str) -> bool,
    place: impl Fn(usize) -> String,
) -> Result<Option<Section>, String> {
    let mut found: Option<Section> = None;
    let mut is_inside = false;
    // How far in the last value of the section begins.
    let mut value_depth = None;
    for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let (depth, line) = (line.len() - line.trim_start().len(), line.trim());
        let goes_on = value_depth.is_some_and(|of| depth > of);
        if line.starts_with('[') {
            let title = title_of(line).filter(|_| !goes_on).ok_or_else(|| {
                format!("{} begins with `[` and is no title such as `[profile dev]`", place(number))
            })?;
            (is_inside, value_depth) = (is_wanted(title), None);
            if is_inside {
                found.get_or_insert_default();
            }
            continue;
        }
        if line.is_empty() || line.starts_with(['#', ';']) || goes_on {
            continue;
        }
        value_depth = Some(depth);
        if let (true, Some(section)) = (is_inside, &mut found) {
            assign(section, line, place(number))?;
        }
    }
    Ok(found)
}

/// Notes the value in a line; an empty one says nothing.
fn assign(section: &mut Section, line: &str, place: String) -> Result<(), String> {
    let Some((key, text)) = line.split_once(['=', ':']).filter(|(key, _)| !key.is_empty()) else {
        return Err(format!("{place} is neither `name = value` nor a title"));
    };
    let (key, text) = (key.trim_end().to_ascii_lowercase(), text.trim_start().to_owned());
    if text.is_empty() {
        section.remove(&key);
    } else {
        section.insert(key, Value { text, place });
    }
    Ok(())
}

/// Returns the title of a section; a comment may follow it.
fn title_of(line: &str) -> Option<&str> {
    let (title, rest) = line.strip_prefix('[')?.split_once(']')?;
    let rest = rest.trim_start();
    (rest.is_empty() || rest.starts_with(['#', ';'])).then(|| title.trim())
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const NO_TITLE: &str = "begins with `[` and is no title such as `[profile dev]`";
    const NO_VALUE: &str = "is neither `name = value` nor a title";

    fn dev(text: &str) -> Result<Option<Section>, String> {
        section(text, |title| title == "dev", |number| format!("line {number}"))
    }

    #[test]
    fn a_line_that_can_be_read_in_two_ways_is_refused_by_its_number() {
        for (text, number, reason) in [
            ("[dev]\nid = A\n[prod\nid = B", 3, NO_TITLE),
            ("[dev]\nid = A\n  [prod]\nid = B", 3, NO_TITLE),
            ("[dev] id = 5ecret", 1, NO_TITLE),
            ("[dev]\rid = 5ecret", 1, NO_TITLE),
            ("[other]\n5ecret\n[dev]\n\n5ecret\nid = A", 5, NO_VALUE),
            ("[dev]\n= 5ecret\nid = A", 2, NO_VALUE),
        ] {
            assert_eq!(dev(text), Err(format!("line {number} {reason}")));
        }
    }

    #[test]
    fn a_value_has_its_place_and_the_last_of_a_name_counts() {
        let text = "[dev]\nid = A\ns3 =\n  id = nested\n[other]\nid = X\n[dev]\nID=B #\nregion = x\nregion =\n";
        let found = dev(text).expect("well written").expect("it is there");
        let value = Value { text: "B #".to_owned(), place: "line 8".to_owned() };
        assert_eq!(found, HashMap::from([("id".to_owned(), value)]));
        assert_eq!(dev("[other]\nid = X"), Ok(None));
    }

    /// Any text, most of it of what such files are made of.
    fn text() -> impl Strategy<Value = String> {
        let pieces = "[dev]|[prod]|[|]|id|region|=|:| |\t|#|5ECRET|\n|\n|\r\n|\r|\n\n  |\0|\u{feff}|\u{a0}|\u{85}|é";
        let piece = select(pieces.split('|').collect::<Vec<_>>()).prop_map(str::to_owned);
        let texts = vec(prop_oneof![9 => piece, 1 => any::<String>()], 0..40);
        texts.prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_text_is_a_section_or_one_line_is_refused_without_showing_it(text in text()) {
            let lines = text.lines().count();
            match dev(&text) {
                Ok(found) => for value in found.unwrap_or_default().into_values() {
                    prop_assert!(text.contains(&value.text) && !value.text.is_empty());
                },
                Err(told) => {
                    let refusals = |number| [NO_TITLE, NO_VALUE].map(|why| format!("line {number} {why}"));
                    prop_assert!((1..=lines).flat_map(refusals).any(|refusal| refusal == told), "{told}");
                }
            }
        }

        #[test]
        fn a_section_reads_as_it_was_written(
            values in ["[!-~]{1,40}", "[!-~]([ -~]{0,40}[!-~])?", "[a-z0-9-]{1,12}"],
            depth in 0..3_usize,
            sign in select(vec!["=", " = ", ": ", " : "]),
            end in select(vec!["\n", "\r\n", "\n\n", "\n # x\n"]),
        ) {
            let [id, secret, region] = &values;
            let lines = [
                "[other]", "Id=X", "  secret=X", "[ dev ] ; mine", &format!("ID{sign}{id}"),
                &format!("secret{sign}{secret}"), "s3 =", "  region = X", &format!("region{sign}{region}"), "[other]", "id=X",
            ];
            let written: String = lines.map(|line| format!("{:depth$}{line}{end}", "")).concat();
            let found = dev(&written).expect("well written").expect("it is there");
            let read = ["id", "secret", "region"].map(|key| found.get(key).map(|value| value.text.clone()));
            prop_assert_eq!(read, values.map(Some));
        }
    }
}
