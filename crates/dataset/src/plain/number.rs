//! Decimal numbers as most files have them, read exactly and fast.

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];
/// Digits that certainly fit into a `u64`.
const MOST_DIGITS: usize = 19;

/// What `text` begins with, if it is a number: `-3.25`, `17`, `.5`, and how many bytes it has. The same bits as the standard
/// parser gives, or `None`: then that has to be asked. After Clinger 1990, "How to read floating point numbers accurately": when
/// the digits and the power of ten are exact, their quotient is rounded once.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<(f64, usize)> {
    let negative = text.first() == Some(&b'-');
    let sign = usize::from(negative || text.first() == Some(&b'+'));
    let digits = text.get(sign..)?;
    let (value, length) = short(digits).or_else(|| long(digits))?;
    Some((if negative { -value } else { value }, sign + length))
}

/// At most seven bytes, all at once: no branch depends on how many digits there are, which no processor can guess.
#[inline]
fn short(text: &[u8]) -> Option<(f64, usize)> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    // In each byte: a digit is 0 to 9.
    let bytes = u64::from_le_bytes(*text.first_chunk()?) ^ (EACH * u64::from(b'0'));
    // The highest bit of each byte that is no digit.
    let others = (((bytes & (EACH * 0x7f)) + EACH * 0x76) | bytes) & (EACH * 0x80);
    let whole = others.trailing_zeros() / 8;
    if whole == 8 {
        return None;
    }
    let point = (bytes >> (8 * whole)) & 0xff == u64::from(b'.' ^ b'0');
    // Without the point, if there is one.
    let others = others & !(u64::from(point) << (8 * whole + 7));
    let length = others.trailing_zeros() / 8;
    let count = length - u32::from(point);
    if length == 8 || count == 0 {
        return None;
    }
    let before = (1_u64 << (8 * whole)) - 1;
    let joined = (bytes & before) | ((bytes >> (8 * u32::from(point))) & !before);
    // The last digit in the highest byte, zeros below the first.
    let digits = joined << (8 * (8 - count));
    // Pairs, then fours, then all.
    let digits = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
    let digits = (digits * 100 + (digits >> 16)) & 0x0000_ffff_0000_ffff;
    let digits = (digits * 10_000 + (digits >> 32)) & 0xffff_ffff;
    let places = if point { length - whole - 1 } else { 0 };
    Some((digits as f64 / POWERS[places as usize], length as usize))
}

/// Byte by byte.
fn long(text: &[u8]) -> Option<(f64, usize)> {
    let (mut mantissa, mut point, mut count, mut length) = (0_u64, None, 0_usize, 0);
    for &byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            count += 1;
        } else if byte == b'.' && point.is_none() {
            point = Some(count);
        } else {
            break;
        }
        length += 1;
    }
    if count == 0 || count > MOST_DIGITS || mantissa > 1 << 53 {
        return None;
    }
    Some((mantissa as f64 / POWERS[count - point.unwrap_or(count)], length))
}

#[cfg(test)]
mod tests {
    use super::number;

    fn whole(text: &str) -> Option<f64> {
        number(text.as_bytes()).filter(|(_, length)| *length == text.len()).map(|(value, _)| value)
    }

    #[test]
    fn it_is_the_standard_parser_bit_for_bit_or_nothing() {
        let odd = ["", "-", ".", "1e5", "nan", "inf", "0x1", "1.2.3", " 1", "12345678901234567890", "1-2", "--1", "-."];
        assert!(odd.iter().all(|text| whole(text).is_none()));
        let mut state = 1_u64;
        let mut read = 0;
        for _ in 0..50_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (digits, places) = ((state >> 20) % 18 + 1, state >> 40);
            let digits = if places % 3 == 0 { digits } else { digits % 7 + 1 };
            let mut text = ((state >> 8) % 10_u64.pow(digits as u32)).to_string();
            if places % 5 > 0 {
                text.insert(places as usize % (text.len() + 1), '.');
            }
            let text = if places % 2 == 0 { format!("-{text}") } else { text };
            // Alone, and with others behind it.
            for rest in ["", ",", "\n-1", ",17,18.5", ".", "e5", "\u{fffd}x", ":;/abcdef"] {
                let longer = format!("{text}{rest}");
                let Some((value, length)) = number(longer.as_bytes()) else { continue };
                let end = text.len() + usize::from(rest == "." && !text.contains('.'));
                assert_eq!(length, end, "{longer:?}");
                assert_eq!(value.to_bits(), text.parse::<f64>().unwrap().to_bits(), "{longer:?}");
                read += 1;
            }
        }
        assert!(read > 300_000, "{read}");
        for text in ["0", "-0", "+7", "9007199254740992", "0.1", "5.", ".5", "0000000000000000001"] {
            assert_eq!(whole(text).map(f64::to_bits), text.parse::<f64>().ok().map(f64::to_bits), "{text}");
        }
    }
}
