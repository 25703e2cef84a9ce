//! What the digits of a number say.

/// Whether the text of a number has neither fraction nor exponent.
#[inline]
pub fn is_integer(text: &[u8]) -> bool {
    !text.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E'))
}

/// Returns the value of an integer's text, and nothing for other numbers or beyond 64 bits.
#[inline]
pub fn as_i64(text: &[u8]) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // Nineteen digits fit 64 bits without a sign; the sign decides at the end.
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    if is_negative { 0i64.checked_sub_unsigned(value) } else { i64::try_from(value).ok() }
}

/// Returns the nearest double to a number's text; beyond the range of doubles that is an infinity.
#[inline]
pub fn as_f64(text: &[u8]) -> Option<f64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Returns the decimal text of an integer given in hexadecimal (`-0x1f`), or nothing where that has
/// more than `max_digits` digits. Quadratic in the digits, so the bound is also one of time.
pub fn decimal_of_hex(hex: &str, max_digits: usize) -> Option<String> {
    let (sign, digits) = hex.strip_prefix('-').map_or(("", hex), |digits| ("-", digits));
    let digits = digits.strip_prefix("0x")?;
    // A hexadecimal digit is worth more than a decimal one.
    if digits.len() > max_digits {
        return None;
    }
    let text = converted(digits.bytes(), 16, 1_000_000_000, |limb| format!("{limb:09}"))?;
    (text.len() <= max_digits).then(|| format!("{sign}{text}"))
}

/// Returns the hexadecimal text of an integer given in decimal, as [`is_integer`] accepts it.
pub fn hex_of_decimal(decimal: &[u8]) -> String {
    let (sign, digits) = match decimal {
        [b'-', digits @ ..] => ("-", digits),
        digits => ("", digits),
    };
    let text = converted(digits.iter().copied(), 10, 1 << 32, |limb| format!("{limb:08x}"));
    format!("{sign}0x{}", text.unwrap_or_default())
}

/// Converts digits of one base into limbs of another, and those into text without leading zeros.
fn converted(
    digits: impl Iterator<Item = u8>,
    base: u32,
    limb_size: u64,
    text_of: impl Fn(u64) -> String,
) -> Option<String> {
    let mut limbs: Vec<u64> = Vec::new();
    for digit in digits {
        let mut carry = u64::from(char::from(digit).to_digit(base)?);
        for limb in &mut limbs {
            let value = *limb * u64::from(base) + carry;
            (*limb, carry) = (value % limb_size, value / limb_size);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let text: String = limbs.iter().rev().map(|limb| text_of(*limb)).collect();
    let text = text.trim_start_matches('0');
    Some(if text.is_empty() { "0" } else { text }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_reach_to_both_ends() {
        assert_eq!(as_i64(b"0"), Some(0));
        assert_eq!(as_i64(b"-0"), Some(0));
        assert_eq!(as_i64(b"9223372036854775807"), Some(i64::MAX));
        assert_eq!(as_i64(b"-9223372036854775808"), Some(i64::MIN));
        for outside in [
            "9223372036854775808",
            "-9223372036854775809",
            "99999999999999999999",
            "1.0",
            "1e2",
            "-",
            "",
        ] {
            assert_eq!(as_i64(outside.as_bytes()), None, "{outside}");
        }
    }

    #[test]
    fn fractions_and_exponents_are_doubles() {
        assert!(is_integer(b"-12"));
        assert!(!is_integer(b"1.0") && !is_integer(b"1e2") && !is_integer(b"1E2"));
        assert_eq!(as_f64(b"1e400"), Some(f64::INFINITY));
        assert_eq!(as_f64(b"-0.0").map(f64::to_bits), Some((-0.0f64).to_bits()));
        assert_eq!(as_f64(b"5e-324"), Some(f64::from_bits(1)));
    }

    #[test]
    fn integers_of_any_length_change_their_base() {
        assert_eq!(decimal_of_hex("0x0", 10).as_deref(), Some("0"));
        assert_eq!(decimal_of_hex("-0xff", 10).as_deref(), Some("-255"));
        assert_eq!(
            decimal_of_hex("0x10000000000000000", 30).as_deref(),
            Some("18446744073709551616")
        );
        assert_eq!(decimal_of_hex("0x3e8", 3), None);
        assert_eq!(hex_of_decimal(b"-18446744073709551616"), "-0x10000000000000000");
        assert_eq!(hex_of_decimal(b"0"), "0x0");
        let long = "9".repeat(4300);
        let there = hex_of_decimal(long.as_bytes());
        assert_eq!(decimal_of_hex(&there, 4300).as_deref(), Some(long.as_str()));
    }
}
