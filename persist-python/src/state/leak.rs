//! The search of a state text for the secrets that were left out of it.

use persist_core::json::Search;
use pyo3::prelude::*;

use super::locate::Places;
use super::secret;

/// Returns where a JSON text without nodes shows a secret that was left out, None where it does not.
#[pyfunction]
pub(crate) fn first_hidden(session: &Bound<'_, PyAny>, text: &str) -> PyResult<Option<String>> {
    let Some(mut watch) = Watch::over(session)? else { return Ok(None) };
    // In an escape everything is data, whatever it looks like.
    let data = format!(r#"{{"__lc_escaped__":{text}}}"#);
    Ok(watch.see(data.as_bytes(), true))
}

/// Looks at a text as it is written, block by block.
pub(super) struct Watch {
    search: Search,
    /// Those of its texts that no code has for a name: an attribute is called so by what a program was
    /// given.
    telling: Vec<Vec<u8>>,
    places: Places,
    /// What must be seen again with the next block.
    tail: Vec<u8>,
}

impl Watch {
    /// For the secrets of one capture; `None` where none was left out, and nothing is searched.
    pub(super) fn over(session: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let (mut texts, mut telling) = (Vec::new(), Vec::new());
        for hidden in session.call_method0("hidden")?.try_iter()? {
            let shown = secret::shown(&hidden?)?;
            if shown.first().is_some_and(|text| !are_words(text)) {
                telling.extend_from_slice(&shown);
            }
            texts.extend(shown);
        }
        telling.retain(|text| !text.is_empty());
        let search = Search::for_texts(texts);
        Ok((!search.is_empty()).then(|| Self {
            search,
            telling,
            places: Places::default(),
            tail: Vec::new(),
        }))
    }

    /// Looks at the next block; returns the path of the first secret that stands in it.
    pub(super) fn see(&mut self, block: &[u8], is_last: bool) -> Option<String> {
        if is_last && self.tail.is_empty() {
            return self.first(block, block.len());
        }
        let mut text = std::mem::take(&mut self.tail);
        text.extend_from_slice(block);
        let keep = if is_last { 0 } else { self.search.overlap() };
        let end = text.len().saturating_sub(keep);
        let found = self.first(&text, end);
        // A text that was not followed to its end is not known.
        self.tail = text.split_off(end);
        found
    }

    /// The path of the first secret that begins before `end`; the places then are there or at `end`.
    fn first(&mut self, text: &[u8], end: usize) -> Option<String> {
        let mut from = 0;
        for at in self.search.hits(text).into_iter().take_while(|at| *at < end) {
            self.places.advance(&text[from..at]);
            from = at;
            if !self.places.is_name() || self.is_telling(&text[at..]) {
                return Some(self.places.path());
            }
        }
        self.places.advance(&text[from..end]);
        None
    }

    /// Whether a text that begins where the places are is an attribute's name that shows a secret.
    fn is_telling(&self, text: &[u8]) -> bool {
        self.places.is_attribute() && self.telling.iter().any(|secret| text.starts_with(secret))
    }
}

/// Whether a text may be a name that somebody gave something in code: words, as `api_key`.
fn are_words(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.chars().all(|letter| letter.is_alphabetic() || letter == '_')
}
