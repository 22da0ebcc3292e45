//! Decimal numbers as most files have them, read exactly and fast.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Digits that certainly fit into a `u64`.
const MOST_DIGITS: usize = 19;

/// `-3.25`, `17`, `.5`: a sign, digits, a point. The same bits as the standard parser gives, or `None`: then that has to be
/// asked. After Clinger 1990, "How to read floating point numbers accurately": when the digits and the power of ten are
/// exact, their quotient is rounded once.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    let negative = text.first() == Some(&b'-');
    let digits = if negative { &text[1..] } else { text.strip_prefix(b"+").unwrap_or(text) };
    if digits.len() > MOST_DIGITS + 1 {
        return None;
    }
    let (mut mantissa, mut point, mut count) = (0_u64, None, 0_usize);
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            count += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            return None;
        }
    }
    if count == 0 || count > MOST_DIGITS || mantissa > 1 << 53 {
        return None;
    }
    let value = mantissa as f64 / POWERS[count - point.unwrap_or(count)];
    Some(if negative { -value } else { value })
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn it_is_the_standard_parser_bit_for_bit_or_nothing() {
        let odd = ["", "-", ".", "1e5", "nan", "inf", "0x1", "1.2.3", " 1", "12345678901234567890", "1-2", "--1"];
        assert!(odd.iter().all(|text| number(text.as_bytes()).is_none()));
        let mut state = 1_u64;
        let mut read = 0;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (digits, places) = ((state >> 20) % 18 + 1, state >> 40);
            let whole = state % 10_u64.pow(digits as u32);
            let mut text = whole.to_string();
            text.insert(places as usize % (text.len() + 1), '.');
            let text = if places % 2 == 0 { format!("-{text}") } else { text };
            if let Some(value) = number(text.as_bytes()) {
                assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{text}");
                read += 1;
            }
        }
        assert!(read > 15_000, "{read}");
        for text in ["0", "-0", "+7", "9007199254740992", "0.1", "5.", ".5", "0000000000000000001"] {
            assert_eq!(number(text.as_bytes()).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{text}");
        }
    }
}
