//! What a cell of text means.

/// Words that stand for "no value", in any case.
const MISSING: [&str; 8] = ["", "na", "n/a", "nan", "null", "none", "?", "-"];

/// Whether a trimmed cell has no value.
pub(crate) fn is_missing(text: &str) -> bool {
    text.len() <= 4 && MISSING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A number that can be learned from: `-3.2`, `+4`, `1e5`. `1,234`, `inf`, `0x1f` and what [`is_too_large`] are not.
pub(crate) fn number(text: &str) -> Option<f64> {
    parse(text).filter(|value| fits(*value))
}

/// A number, but beyond what models compute with: `1e39`, `-1e999`.
pub(crate) fn is_too_large(text: &str) -> bool {
    parse(text).is_some_and(|value| !fits(value))
}

/// Models compute with `f32`: everything beyond its range is infinite to them.
pub(crate) fn fits(value: f64) -> bool {
    value.abs() <= f64::from(f32::MAX)
}

/// Why a cell for which [`is_too_large`] holds is refused.
pub(crate) fn too_large(text: &str) -> String {
    let shown: String = text.chars().take(40).collect();
    format!("\"{shown}\" is too large: numbers go from -{LARGEST} to {LARGEST}. Scale the column down.")
}

/// `f32::MAX` as people read it.
const LARGEST: &str = "3.4e38";

fn parse(text: &str) -> Option<f64> {
    // The standard parser also takes "inf", "infinity" and "nan".
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// true/false, yes/no, t/f, y/n, in any case.
pub(crate) fn is_boolean(text: &str) -> bool {
    ["true", "false", "yes", "no", "t", "f", "y", "n"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// ISO 8601: `2026-11-23`, with a time of day after `T` or a space or without.
pub(crate) fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
    let day =
        bytes.len() >= 10 && digits(0..4) && bytes[4] == b'-' && digits(5..7) && bytes[7] == b'-' && digits(8..10);
    let time = bytes.len() == 10
        || (bytes.len() >= 16
            && matches!(bytes[10], b'T' | b' ')
            && digits(11..13)
            && bytes[13] == b':'
            && digits(14..16));
    let month = text.get(5..7).and_then(|month| month.parse::<u8>().ok()).unwrap_or(0);
    let of_month = text.get(8..10).and_then(|day| day.parse::<u8>().ok()).unwrap_or(0);
    day && time && (1..=12).contains(&month) && (1..=31).contains(&of_month)
}

/// Seconds since 1970, of what [`is_date`] takes: in UTC unless the text ends in an offset such as `+02:00`. Days from the
/// calendar as in Hinnant, "chrono-compatible low-level date algorithms".
pub(crate) fn seconds(text: &str) -> Option<f64> {
    if !is_date(text) {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|part| part.parse::<i64>().ok()).unwrap_or(0);
    let (year, month, day) = (part(0, 4), part(5, 7), part(8, 10));
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let of_era = year - era * 400;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + (153 * month + 2) / 5 + day - 1 - 719_468;
    let mut seconds = (days * 86_400 + part(11, 13) * 3_600 + part(14, 16) * 60) as f64;
    let rest = text.get(16..).unwrap_or_default();
    let offset = rest.find(['+', '-', 'Z']).unwrap_or(rest.len());
    let (of_minute, offset) = rest.split_at(offset);
    seconds += of_minute.strip_prefix(':').and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    if let (Some(hours), minutes) = (offset.get(..3), offset.get(4..6).or(offset.get(3..5))) {
        let hours: f64 = hours.parse().unwrap_or(0.0);
        let minutes: f64 = minutes.and_then(|text| text.parse().ok()).unwrap_or(0.0);
        seconds -= hours * 3_600.0 + minutes.copysign(if offset.starts_with('-') { -1.0 } else { 1.0 }) * 60.0;
    }
    Some(seconds)
}

/// How a number is written when it names a class: `1`, not `1.0`.
pub(crate) fn number_text(value: f64) -> String {
    // Also turns -0 into 0.
    format!("{}", value + 0.0)
}

#[cfg(test)]
mod tests {
    use super::{is_boolean, is_date, is_missing, is_too_large, number, number_text, seconds};

    #[test]
    fn cells_mean_what_people_mean() {
        assert!(["", "NA", "n/a", "NaN", "NULL", "none", "?"].into_iter().all(is_missing));
        assert!(!["0", "nano", "no"].into_iter().any(is_missing));
        let numbers = ["1", "-3.2", "+4", "1e5", ".5", "5."].map(number);
        assert_eq!(numbers, [1.0, -3.2, 4.0, 1e5, 0.5, 5.0].map(Some));
        assert_eq!(["inf", "nan", "1,234", "0x1f", "12a", "1e39", "1e999"].map(number), [None; 7]);
        assert_eq!(
            ["1e38", "inf", "nan", "12a", "1e39", "-1e999"].map(is_too_large),
            [false, false, false, false, true, true]
        );
        assert!(is_boolean("Yes") && is_boolean("FALSE") && !is_boolean("maybe"));
        assert!(is_date("2026-11-23") && is_date("2026-11-23T10:00:00Z") && is_date("2026-11-23 10:00"));
        assert!(!is_date("2026-13-23") && !is_date("23.11.2026") && !is_date("2026-11-23x"));
        let day = 86_400.0;
        let moments = ["1970-01-01", "2000-03-01", "1969-12-31 12:00", "2026-11-27T19:38:45.5Z", "2026-02-30x"];
        let known = [0.0, 11_017.0 * day, -day / 2.0, 1_795_808_325.5].map(Some);
        assert_eq!(moments.map(seconds), [known[0], known[1], known[2], known[3], None]);
        let offsets = ["2026-11-27T21:08+01:30", "2026-11-27T19:38:00", "2026-11-27 14:08-0530"].map(seconds);
        assert_eq!(offsets, [Some(1_795_808_280.0); 3]);
        assert_eq!([number_text(1.0), number_text(-0.0), number_text(2.5)], ["1", "0", "2.5"]);
    }
}
