//! Which attributes of a component hold a secret: by their name, or as a URL with credentials.
//!
//! `docs/concepts/secrets.md` has the rules. The same test says on the way back whether a secret may
//! stand where a text has one.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyBytesMethods, PyDict, PyDictMethods, PyList, PyString, PyTuple};
use rustc_hash::FxHashSet;

use super::ffi::{self, Builtin};
use super::parts;
use super::plan::Plan;
use super::url;

/// The last words of a name that tells a secret, each with a `_` before it.
const ENDINGS: [&str; 18] = [
    "_api_key",
    "_apikey",
    "_secret",
    "_secret_key",
    "_secret_access_key",
    "_private_key",
    "_password",
    "_passwd",
    "_passphrase",
    "_authorization",
    "_cookie",
    "_access_token",
    "_refresh_token",
    "_auth_token",
    "_bearer_token",
    "_session_token",
    "_id_token",
    "_api_token",
];

/// The last three letters of all of them: what most names fail at.
const TAILS: [&[u8; 3]; 8] = [b"key", b"ret", b"ord", b"swd", b"ase", b"ion", b"kie", b"ken"];

/// The last words of the name of an address, each with a `_` before it.
const ADDRESSES: [&str; 7] = ["_url", "_uri", "_dsn", "_host", "_proxy", "_endpoint", "_api_base"];

/// The last words of the name of a map of arguments, each with a `_` before it: what it holds is told to
/// a client, a model or a function by name, as attributes are.
const ARGUMENTS: [&str; 5] = ["_kwargs", "_config", "_configurable", "_query", "_body"];

/// What an attribute holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holding {
    Secret,
    /// What may hold maps of headers: their entries are looked at in the same way.
    Headers,
    /// A container of secrets: every text in it is one.
    Secrets,
    /// A map of arguments: its entries count as attributes.
    Arguments,
}

/// Looks at an attribute of a component, or at an entry of its headers.
#[inline]
pub(super) fn look(name: &str, value: *mut pyo3::ffi::PyObject) -> Option<Holding> {
    match ffi::builtin_of(value) {
        Builtin::Str => is_secret_text(name, value).then_some(Holding::Secret),
        Builtin::Bytes => {
            let is_url = || ffi::ascii(value).is_some_and(|text| is_address(name, text));
            let is_secret = ffi::bytes_length(value) > 0 && (tells_secret(name) || is_url());
            is_secret.then_some(Holding::Secret)
        }
        Builtin::ByteArray => tells_secret(name).then_some(Holding::Secret),
        Builtin::Other if ffi::extends_text(value) => {
            let is_url = || ffi::extended_text(value).is_some_and(|text| is_address(name, text));
            (tells_secret(name) || is_url()).then_some(Holding::Secret)
        }
        Builtin::Other if !tells_secrets(name) || !ffi::extends_container(value) => {
            let is_map = ffi::extends_dict(value);
            headers(name).or_else(|| if is_map { arguments(name) } else { None })
        }
        Builtin::Dict => container(name).or_else(|| arguments(name)),
        Builtin::List | Builtin::Tuple => container(name),
        Builtin::Set | Builtin::FrozenSet | Builtin::Other => container(name),
        _ => None,
    }
}

/// Whether a text is an address with credentials; one without a scheme is known by its name.
fn is_address(name: &str, text: &str) -> bool {
    url::has_credentials(text)
        || (url::is_bare_with_password(text) && {
            let words = words_of(name.as_bytes());
            ADDRESSES.iter().any(|ending| words.ends_with(ending))
        })
}

/// Whether a value is text or bytes that may be a secret: nothing is none.
pub(super) fn is_text(value: *mut pyo3::ffi::PyObject) -> bool {
    match ffi::builtin_of(value) {
        Builtin::Str => !ffi::is_empty(value, Builtin::Str),
        Builtin::Bytes => ffi::bytes_length(value) > 0,
        Builtin::ByteArray => true,
        Builtin::Other => ffi::extends_text(value),
        _ => false,
    }
}

fn container(name: &str) -> Option<Holding> {
    if tells_secrets(name) { Some(Holding::Secrets) } else { headers(name) }
}

fn headers(name: &str) -> Option<Holding> {
    is_headers(name).then_some(Holding::Headers)
}

/// Whether an attribute of this name holds headers.
pub(super) fn is_headers(name: &str) -> bool {
    let tail = name.len().checked_sub(7).map(|at| &name.as_bytes()[at..]);
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(b"headers"))
}

fn arguments(name: &str) -> Option<Holding> {
    is_arguments(name).then_some(Holding::Arguments)
}

/// Whether a map under this name holds arguments: its entries count as attributes.
#[pyfunction]
pub(crate) fn is_arguments(name: &str) -> bool {
    let words = words_of(name.as_bytes());
    ARGUMENTS.iter().any(|ending| words.ends_with(ending))
}

fn is_secret_text(name: &str, value: *mut pyo3::ffi::PyObject) -> bool {
    match ffi::utf8(value) {
        Some(text) => !text.is_empty() && (tells_secret(name) || is_address(name, text)),
        None => tells_secret(name),
    }
}

/// The name that the key of a map is.
pub(super) fn name_of(key: *mut pyo3::ffi::PyObject) -> Option<&'static str> {
    match ffi::builtin_of(key) {
        Builtin::Str => ffi::utf8(key),
        Builtin::Bytes => ffi::ascii(key),
        _ => None,
    }
}

/// Whether a name, split at `_`, `-` and case, ends in words that tell a secret: several words may be
/// in the plural.
pub(super) fn tells_secret(name: &str) -> bool {
    tells(name, 2)
}

/// Whether the name of a container tells that it holds secrets, in the singular or the plural.
pub(super) fn tells_secrets(name: &str) -> bool {
    tells(name, 1)
}

/// `plural_words` is how many words a name in the plural must have.
fn tells(name: &str, plural_words: usize) -> bool {
    let one = name.strip_suffix(['s', 'S']);
    let letters = one.unwrap_or(name).as_bytes();
    let Some(tail) = letters.last_chunk::<3>() else { return false };
    if !TAILS.iter().any(|known| known.eq_ignore_ascii_case(tail)) {
        return false;
    }
    let words = words_of(letters);
    if one.is_some() && words.matches('_').count() < plural_words {
        return false;
    }
    // What a text is made of is called tokens too.
    let is_token = words == "_token" && one.is_none();
    is_token || ENDINGS.iter().any(|ending| words.ends_with(ending))
}

/// The words of a name in lower case, each with a `_` before it.
fn words_of(letters: &[u8]) -> String {
    let mut words = String::with_capacity(letters.len() + 4);
    let mut is_new = true;
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map_or(b'_', |before| letters[before]);
        let after = letters.get(at + 1).copied().unwrap_or(b'_');
        let is_hump = letter.is_ascii_uppercase()
            && (!before.is_ascii_uppercase() || after.is_ascii_lowercase());
        if matches!(letter, b'_' | b'-') {
            is_new = true;
            continue;
        }
        if std::mem::take(&mut is_new) || is_hump {
            words.push('_');
        }
        words.push(char::from(letter.to_ascii_lowercase()));
    }
    words
}

/// Returns whether an attribute of this name, holding this value, is a secret of its component, or
/// holds several.
#[pyfunction]
pub(crate) fn is_secret(name: &Bound<'_, PyString>, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(name) = name.to_str() else { return Ok(false) };
    Ok(match look(name, value.as_ptr()) {
        Some(Holding::Secret) => true,
        Some(Holding::Secrets) => !value.is_empty()?,
        Some(Holding::Headers | Holding::Arguments) | None => false,
    })
}

/// Tells the session what attributes of a component hold that is a secret: its hook may give it away
/// as anything.
pub(super) fn tell(
    value: &Bound<'_, PyAny>,
    plan: &Plan,
    session: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if !plan.is_component() {
        return Ok(());
    }
    let mut maps = Vec::new();
    if plan.has_dict {
        maps.push(ffi::instance_dict(value)?);
    }
    maps.extend(parts::slots_of(value, plan)?.map(|slots| slots.into_bound(value.py())));
    tell_maps(maps, session)
}

/// Tells the session what a container holds that was met before: there it may have held data, and been
/// written. `is_secrets` where every text in it is a secret, else it holds headers.
pub(super) fn tell_again(
    container: &Bound<'_, PyAny>,
    is_secrets: bool,
    session: &Bound<'_, PyAny>,
) -> PyResult<()> {
    if is_secrets {
        return know_each(container.clone(), session);
    }
    tell_maps(map_of(container.clone(), session)?.into_iter().collect(), session)
}

/// The map that holds headers; where pairs do, the session is told of them.
fn map_of<'py>(
    held: Bound<'py, PyAny>,
    session: &Bound<'py, PyAny>,
) -> PyResult<Option<Bound<'py, PyDict>>> {
    match held.cast_into::<PyDict>() {
        Ok(map) => Ok(Some(map)),
        Err(error) => tell_pairs(&error.into_inner(), session).map(|()| None),
    }
}

fn tell_pairs(held: &Bound<'_, PyAny>, session: &Bound<'_, PyAny>) -> PyResult<()> {
    for row in listed(held) {
        let row = listed(&row);
        let [name, value] = &row[..] else { continue };
        let found = name_of(name.as_ptr()).and_then(|name| look(name, value.as_ptr()));
        if matches!(found, Some(Holding::Secret | Holding::Secrets)) {
            know_each(value.clone(), session)?;
        }
    }
    Ok(())
}

/// The elements of a list or tuple; of anything else none.
fn listed<'py>(held: &Bound<'py, PyAny>) -> Vec<Bound<'py, PyAny>> {
    match (held.cast::<PyList>(), held.cast::<PyTuple>()) {
        (Ok(list), _) => list.iter().collect(),
        (_, Ok(tuple)) => tuple.iter().collect(),
        _ => Vec::new(),
    }
}

fn tell_maps<'py>(mut maps: Vec<Bound<'py, PyDict>>, session: &Bound<'py, PyAny>) -> PyResult<()> {
    let mut seen = FxHashSet::default();
    while let Some(map) = maps.pop() {
        if !seen.insert(map.as_ptr() as usize) {
            continue;
        }
        let mut position = 0;
        while let Some((key, held)) = ffi::dict_next(&map, &mut position) {
            let held = ffi::own(map.py(), held);
            match name_of(key).and_then(|name| look(name, held.as_ptr())) {
                Some(Holding::Secret) => {
                    session.call_method1(intern!(map.py(), "know"), (held,))?;
                }
                Some(Holding::Secrets) => know_each(held, session)?,
                Some(Holding::Headers | Holding::Arguments) => maps.extend(map_of(held, session)?),
                None => {}
            }
        }
    }
    Ok(())
}

/// Tells the session of each text in a container of secrets.
fn know_each(container: Bound<'_, PyAny>, session: &Bound<'_, PyAny>) -> PyResult<()> {
    let (mut seen, mut waiting) = (FxHashSet::default(), vec![container]);
    while let Some(held) = waiting.pop() {
        if is_text(held.as_ptr()) {
            session.call_method1(intern!(held.py(), "know"), (held,))?;
        } else if seen.insert(held.as_ptr() as usize) {
            match held.cast_into::<PyDict>().map_err(|error| error.into_inner()) {
                Ok(map) => waiting.extend(map.values()),
                Err(held) if has_attribute_for_content(&held)? => {
                    waiting.push(ffi::instance_dict(&held)?.into_any());
                }
                Err(held) if ffi::extends_container(held.as_ptr()) => {
                    waiting.extend(held.try_iter()?.collect::<PyResult<Vec<_>>>()?);
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Whether what a container holds lies in one of its attributes.
fn has_attribute_for_content(held: &Bound<'_, PyAny>) -> PyResult<bool> {
    let [_, by_attribute @ ..] = ffi::holders(held.py())?;
    Ok(by_attribute.iter().any(|class| held.get_type().is(class)))
}

/// A secret as a text may show it: as JSON, or within base64, in an array too.
pub(super) fn shown(value: &Bound<'_, PyAny>) -> PyResult<Vec<Vec<u8>>> {
    let bytes: Vec<u8> = match value.cast::<PyBytes>() {
        Ok(bytes) => bytes.as_bytes().to_vec(),
        Err(_) => ffi::wtf8_of(value)?.extract()?,
    };
    let mut quoted = Vec::new();
    match std::str::from_utf8(&bytes) {
        Ok(text) => persist_core::json::push_str(&mut quoted, text),
        Err(_) => persist_core::json::push_wtf8(&mut quoted, &bytes),
    }
    // Without the quotes around it.
    quoted.pop();
    let mut shown = vec![quoted.split_off(1)];
    shown.extend((0..3).map(|shift| within_base64(&bytes, shift)));
    // The letters of an array of texts have four bytes each.
    if let (false, Ok(text)) = (value.is_instance_of::<PyBytes>(), std::str::from_utf8(&bytes)) {
        let wide: Vec<u8> = text.chars().flat_map(|it| u32::from(it).to_le_bytes()).collect();
        shown.extend((0..3).map(|shift| within_base64(&wide, shift)));
    }
    Ok(shown)
}

/// The letters that bytes have in base64 whatever stands around them, `shift` bytes into a group.
fn within_base64(bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    let mut text = Vec::new();
    persist_core::json::push_base64(&mut text, &padded);
    let whole = (padded.len() * 8) / 6;
    let first = (shift * 8).div_ceil(6);
    // After the quote that begins it.
    text.get(1 + first..=whole).unwrap_or_default().to_vec()
}
