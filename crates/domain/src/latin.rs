//! Numbers as a Persian or an Arabic keyboard types them.

/// With the digits and separators that programs read: `۰٫۰۰۳` as `0.003`, `۶۴، ۳۲` as `64, 32`.
pub fn latin(typed: &str) -> String {
    let letter = |letter: char| match letter {
        '۰'..='۹' => char::from_u32(letter as u32 - '۰' as u32 + '0' as u32).unwrap_or(letter),
        // The Arabic digits, which some keyboards have.
        '٠'..='٩' => char::from_u32(letter as u32 - '٠' as u32 + '0' as u32).unwrap_or(letter),
        '٫' => '.',
        '٪' => '%',
        '،' => ',',
        '−' => '-',
        other => other,
    };
    // What parts thousands says nothing.
    typed.chars().filter(|letter| !matches!(letter, '٬' | '\u{200e}' | '\u{200f}')).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::latin;

    #[test]
    fn what_is_typed_is_read() {
        assert_eq!([latin("۰٫۰۰۳"), latin("۶۴، ٣٢"), latin("−1e-4")], ["0.003", "64, 32", "-1e-4"]);
        assert_eq!([latin("۱٬۲۰۴٫۵٪"), latin("\u{200e}−۵"), latin("off")], ["1204.5%", "-5", "off"]);
    }
}
