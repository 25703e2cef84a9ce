//! Some short texts, looked for in a long one.

use memchr::memmem::Finder;

/// Finds where any of some texts stands in another.
///
/// ```
/// use persist_core::json::Search;
///
/// let search = Search::for_texts([b"key".to_vec(), b"token".to_vec()]);
/// assert_eq!(search.hits(b"a token, a key, a key"), [2, 11, 18]);
/// ```
pub struct Search {
    finders: Vec<Finder<'static>>,
    overlap: usize,
}

impl Search {
    /// Returns a search for these texts; an empty one is never found.
    pub fn for_texts(texts: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut texts: Vec<Vec<u8>> = texts.into_iter().filter(|text| !text.is_empty()).collect();
        texts.sort();
        texts.dedup();
        let overlap = texts.iter().map(|text| text.len() - 1).max().unwrap_or(0);
        Self { finders: texts.iter().map(|text| Finder::new(text).into_owned()).collect(), overlap }
    }

    /// Whether there is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.finders.is_empty()
    }

    /// How many bytes of one block must be seen again with the next one.
    pub const fn overlap(&self) -> usize {
        self.overlap
    }

    /// Returns where any of the texts begins, from the start of the text on.
    pub fn hits(&self, text: &[u8]) -> Vec<usize> {
        let mut hits: Vec<usize> =
            self.finders.iter().flat_map(|finder| finder.find_iter(text)).collect();
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_never_found() {
        let search = Search::for_texts([Vec::new()]);
        assert!(search.is_empty() && search.hits(b"abc").is_empty());
    }

    #[test]
    fn the_overlap_covers_all_but_one_byte_of_the_longest() {
        let search = Search::for_texts([b"abcd".to_vec(), b"xy".to_vec()]);
        assert_eq!(search.overlap(), 3);
        assert_eq!(search.hits(b"xyabcdxy"), [0, 2, 6]);
    }
}
