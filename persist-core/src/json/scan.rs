//! The first byte of a string that cannot be copied as it stands.

use multiversion::multiversion;

const ONES: u64 = u64::MAX / 255;
const HIGH_BITS: u64 = ONES << 7;
const WORD_BYTES: usize = size_of::<u64>();
const BLOCK_BYTES: usize = 32;
/// Long runs go in wider steps: what is summed up after each is summed up less often.
const WIDE_BLOCK_BYTES: usize = 128;
/// And runs that have been long for a while in steps wider still.
const WIDEST_BLOCK_BYTES: usize = 1024;
/// Flips a bit so that a quote comes to lie directly above the control characters, and nothing else
/// changes sides.
const QUOTE_BIT: u8 = 0x02;
/// The first byte that, so flipped, is neither a control character nor a quote.
const FIRST_PLAIN: u8 = 0x21;

/// How far a run of plain string bytes reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    /// Index of the first `"`, `\` or control character, or the length of the bytes.
    pub end: usize,
    /// The run has only bytes below 0x80.
    pub is_ascii: bool,
}

/// Finds the end of the run of plain bytes that begins at `from`.
#[inline]
pub(super) fn plain_run(bytes: &[u8], from: usize) -> Run {
    let mut at = from;
    let mut is_ascii = true;
    while let Some(word) = word_at(bytes, at) {
        let stops = stops_in(word);
        if stops != 0 {
            let before = (stops & stops.wrapping_neg()) - 1;
            let end = at + stops.trailing_zeros() as usize / 8;
            return Run { end, is_ascii: is_ascii & (word & HIGH_BITS & before == 0) };
        }
        is_ascii &= word & HIGH_BITS == 0;
        at += WORD_BYTES;
        // Keys and many values end within two words; wide blocks would only cost there.
        if at == from + 2 * WORD_BYTES {
            at = skip_plain_blocks(bytes, at, &mut is_ascii);
        }
    }
    plain_tail(bytes, at, is_ascii)
}

/// Whether all bytes can be copied as they stand.
#[inline]
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    let Some(last) = bytes.last_chunk() else { return is_short_plain(bytes) };
    let rest = if bytes.len() < BLOCK_BYTES {
        bytes
    } else {
        let (widest, rest) = bytes.as_chunks::<WIDEST_BLOCK_BYTES>();
        let (wide, rest) = rest.as_chunks::<WIDE_BLOCK_BYTES>();
        let (blocks, rest) = rest.as_chunks::<BLOCK_BYTES>();
        if !are_widest_plain(widest) || !are_plain(wide) || !are_plain(blocks) {
            return false;
        }
        rest
    };
    let (words, _) = rest.as_chunks();
    // The last words overlap, so that no byte is left over.
    words.iter().chain([last]).all(|word| stops_in(u64::from_le_bytes(*word)) == 0)
}

/// [`are_plain`] for so many bytes that it pays to ask which vectors the processor has.
#[multiversion(targets("x86_64+avx2"))]
fn are_widest_plain(blocks: &[[u8; WIDEST_BLOCK_BYTES]]) -> bool {
    are_plain(blocks)
}

#[inline(always)]
fn are_plain<const SIZE: usize>(blocks: &[[u8; SIZE]]) -> bool {
    blocks.iter().all(|block| {
        // No branch inside, as in `plain_blocks`; lane by lane, so that each byte is loaded once.
        let (mut least, mut nearest) = ([u8::MAX; BLOCK_BYTES], [u8::MAX; BLOCK_BYTES]);
        let (lanes, _) = block.as_chunks::<BLOCK_BYTES>();
        for lane in lanes {
            for (at, byte) in lane.iter().enumerate() {
                least[at] = least[at].min(byte ^ QUOTE_BIT);
                nearest[at] = nearest[at].min(byte ^ b'\\');
            }
        }
        let lowest = |bytes: [u8; BLOCK_BYTES]| bytes.into_iter().fold(u8::MAX, u8::min);
        lowest(least) >= FIRST_PLAIN && lowest(nearest) != 0
    })
}

/// The same for less than a word.
#[inline]
fn is_short_plain(bytes: &[u8]) -> bool {
    !bytes.iter().fold(false, |stops, &byte| stops | is_stop(byte))
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> Option<u64> {
    let word = bytes.get(at..)?.first_chunk()?;
    Some(u64::from_le_bytes(*word))
}

/// Passes whole blocks without a stop and returns where they end.
fn skip_plain_blocks(bytes: &[u8], from: usize, is_ascii: &mut bool) -> usize {
    let near = bytes.len().min(from + WIDEST_BLOCK_BYTES);
    let mut at = from + plain_blocks::<WIDE_BLOCK_BYTES>(&bytes[from..near], is_ascii);
    if at == near {
        at += widest_plain_blocks(&bytes[at..], is_ascii);
        at += plain_blocks::<WIDE_BLOCK_BYTES>(&bytes[at..], is_ascii);
    }
    at + plain_blocks::<BLOCK_BYTES>(&bytes[at..], is_ascii)
}

/// [`plain_blocks`] of the widest, of which there may be many.
#[multiversion(targets("x86_64+avx2"))]
fn widest_plain_blocks(bytes: &[u8], is_ascii: &mut bool) -> usize {
    plain_blocks::<WIDEST_BLOCK_BYTES>(bytes, is_ascii)
}

/// Returns the length of the blocks before the first that has a stop.
#[inline(always)]
fn plain_blocks<const SIZE: usize>(bytes: &[u8], is_ascii: &mut bool) -> usize {
    let mut length = 0;
    let mut high = 0;
    let (blocks, _) = bytes.as_chunks::<SIZE>();
    for block in blocks {
        // No branch inside, and all of it bytes: the compiler makes a few vector instructions of it.
        let (mut least, mut nearest, mut bits) = (u8::MAX, u8::MAX, 0);
        for &byte in block {
            least = least.min(byte ^ QUOTE_BIT);
            nearest = nearest.min(byte ^ b'\\');
            bits |= byte;
        }
        if least < FIRST_PLAIN || nearest == 0 {
            break;
        }
        high |= bits;
        length += SIZE;
    }
    *is_ascii &= high.is_ascii();
    length
}

/// Ends a run in the last bytes of a text, which fill no word.
#[cold]
fn plain_tail(bytes: &[u8], from: usize, is_ascii: bool) -> Run {
    let rest = bytes.get(from..).unwrap_or_default();
    let length = rest.iter().position(|&byte| is_stop(byte)).unwrap_or(rest.len());
    Run { end: from + length, is_ascii: is_ascii & rest[..length].is_ascii() }
}

/// Marks the high bit of the first byte that stops a run; above it there may be marks without a reason.
#[inline]
const fn stops_in(word: u64) -> u64 {
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let special = (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash);
    (control | special) & HIGH_BITS
}

#[inline]
const fn is_stop(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte < 0x20)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_is_found_at_every_place_of_a_long_run() {
        for stop in (0..0x20).chain([b'"', b'\\']) {
            for place in (0..350).chain(1000..1200).chain(2300..2400) {
                let mut bytes = vec![b'x'; 2400];
                bytes[place] = stop;
                assert_eq!(plain_run(&bytes, 0), Run { end: place, is_ascii: true }, "{stop}");
            }
        }
    }

    #[test]
    fn only_bytes_of_the_run_decide_whether_it_is_ascii() {
        for place in 0..350 {
            let mut bytes = vec![b'x'; 350];
            bytes[270] = b'"';
            bytes[place] = 0xc3;
            let run = plain_run(&bytes, 0);
            assert_eq!(run.end, if place == 270 { 350 } else { 270 });
            assert_eq!(run.is_ascii, place > 270, "{place}");
        }
    }

    #[test]
    fn a_stop_anywhere_makes_bytes_not_plain() {
        for length in (0..300).chain([1500, 2300]) {
            let mut bytes = vec![b'x'; length];
            assert!(is_plain(&bytes), "{length}");
            for place in 0..length {
                for stop in [0, 0x1f, b'"', b'\\'] {
                    bytes[place] = stop;
                    assert!(!is_plain(&bytes), "{stop} at {place} of {length}");
                }
                bytes[place] = 0xc3;
            }
            assert!(is_plain(&bytes), "{length}");
        }
    }

    #[test]
    fn any_byte_that_is_no_stop_is_plain() {
        for byte in (0..=u8::MAX).filter(|&byte| !is_stop(byte)) {
            assert_eq!(plain_run(&[byte; 277], 3).end, 277, "{byte}");
            assert!(is_plain(&[byte; 1300]), "{byte}");
        }
    }
}
