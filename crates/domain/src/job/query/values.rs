//! Values of a query as texts: numbers, dates, ages and durations.

use serde::{
    Deserialize,
    de::{IntoDeserializer, value::Error},
};

use super::operator::Operator;
use crate::{Timestamp, latin};

/// A value for a field that is a point in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Moment {
    /// What was written as a date: a whole day, minute or second, from its first moment to the first one after it.
    Span(Timestamp, Timestamp),
    /// Seconds before now.
    Age(f64),
}

impl Moment {
    /// Whether `found` is what `operator` asks for. Less is earlier than a date, but younger than an age.
    pub fn admits(self, operator: Operator, found: Timestamp, now: Timestamp) -> bool {
        match self {
            Self::Span(_, end) if found >= end => operator.admits(std::cmp::Ordering::Greater),
            Self::Span(start, _) if found < start => operator.admits(std::cmp::Ordering::Less),
            Self::Span(..) => operator.admits(std::cmp::Ordering::Equal),
            Self::Age(seconds) => operator.admits(now.seconds_since(found).total_cmp(&seconds)),
        }
    }
}

/// `0.01`, `1e-3`, `.5`, `90%`; always finite.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = &*latin(text);
    let found = match text.strip_suffix('%') {
        // Moving the point by the exponent gives the very number that `0.07` is read as.
        Some(percent) if !percent.contains(['e', 'E']) => plain_number(&format!("{percent}e-2"))?,
        Some(percent) => plain_number(percent)? / 100.0,
        None => plain_number(text)?,
    };
    found.is_finite().then_some(found)
}

/// Without `inf` and `nan`, which Rust reads as numbers.
fn plain_number(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse().ok().filter(|_| plain)
}

/// Whether a text reads as a number, but as none that a metric or a parameter can be.
pub(super) fn is_infinite_or_nan(text: &str) -> bool {
    text.parse::<f64>().is_ok_and(|number| !number.is_finite())
}

/// Like [`number`], but 90% is 90.
pub(super) fn out_of_100(text: &str) -> Option<f64> {
    let text = &*latin(text);
    number(text.strip_suffix('%').unwrap_or(text))
}

/// Seconds, of `90`, `90s`, `5m`, `2h`, `1.5d`, `1w`.
pub(super) fn duration(text: &str) -> Option<f64> {
    let text = &*latin(text);
    number(text).filter(|_| !text.ends_with('%')).or_else(|| with_unit(text))
}

/// A date, in UTC unless it says otherwise, or an age.
pub(super) fn moment(text: &str) -> Option<Moment> {
    let text = &*latin(text);
    with_unit(text).map(Moment::Age).or_else(|| date(text))
}

fn with_unit(text: &str) -> Option<f64> {
    let (at, unit) = text.char_indices().next_back()?;
    let seconds = match unit.to_ascii_lowercase() {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3_600.0,
        'd' => 86_400.0,
        'w' => 604_800.0,
        _ => return None,
    };
    Some(plain_number(&text[..at])? * seconds).filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
}

/// `2026-11-01`, `2026-11-01T10:00`, `2026-11-01 10:00:30`, `2026-11-01T10:00:30.25+01:00`.
fn date(text: &str) -> Option<Moment> {
    const SECOND: i64 = 1_000_000;
    let text = text.to_ascii_uppercase();
    let (day, clock, zone) = match text.split_once(['T', ' ']) {
        None => (text.as_str(), "", ""),
        Some((day, time)) => {
            let (clock, zone) = time.split_at(time.find(['Z', '+', '-']).unwrap_or(time.len()));
            (day, Some(clock).filter(|clock| !clock.is_empty())?, zone)
        }
    };
    let (rest, length) = match clock.len() {
        0 => ("00:00:00", 86_400 * SECOND),
        5 => (":00", 60 * SECOND),
        8 => ("", SECOND),
        _ => ("", 1),
    };
    let zone = if zone.is_empty() { "Z" } else { zone };
    // The one reader of dates is that of the wire.
    let written = format!("{day}T{clock}{rest}{zone}");
    let start = Timestamp::deserialize(IntoDeserializer::<Error>::into_deserializer(written)).ok()?;
    Some(Moment::Span(start, Timestamp(start.0.saturating_add(length))))
}

#[cfg(test)]
mod tests {
    use super::{Moment, duration, moment, number, out_of_100};
    use crate::Timestamp;

    #[test]
    fn numbers() {
        let cases = [
            ("0.01", Some(0.01)),
            ("1e-3", Some(0.001)),
            ("1E3", Some(1_000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-1", Some(-1.0)),
            ("+1", Some(1.0)),
            ("90%", Some(0.9)),
            ("۹۰٪", Some(0.9)),
            ("۰٫۰۱", Some(0.01)),
            ("7%", Some(0.07)),
            ("0.1%", Some(0.001)),
            ("1e1%", Some(0.1)),
            ("", None),
            (".", None),
            ("%", None),
            ("e5", None),
            ("1,5", None),
            ("nan", None),
            ("-inf", None),
            ("infinity", None),
            ("1e999", None),
            ("0x10", None),
            ("٣", Some(3.0)),
            ("３", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text), expected, "{text}");
        }
        assert_eq!((out_of_100("90%"), out_of_100("90")), (Some(90.0), Some(90.0)));
    }

    #[test]
    fn durations() {
        let cases = [
            ("90", Some(90.0)),
            ("90s", Some(90.0)),
            ("5m", Some(300.0)),
            ("۵m", Some(300.0)),
            ("1.5H", Some(5_400.0)),
        ];
        let none = ["5%", "۵٪", "-5m", "m", "1e999d", "5 m", "5y", "nan", "infm", "é"].map(|text| (text, None));
        for (text, expected) in cases.into_iter().chain(none) {
            assert_eq!(duration(text), expected, "{text}");
        }
    }

    #[test]
    fn dates_are_as_long_as_they_are_written() {
        let noon = 1_793_534_400_000_000; // 2026-11-01T12:00:00Z
        let hour = 3_600_000_000;
        let cases = [
            ("2026-11-01", noon - 12 * hour, 24 * hour),
            ("2026-11-01T12:00", noon, 60_000_000),
            ("2026-11-01t12:00z", noon, 60_000_000),
            ("2026-11-01 12:00:00", noon, 1_000_000),
            ("2026-11-01T13:00+01:00", noon, 60_000_000),
            ("2026-11-01T12:00:00.000001Z", noon + 1, 1),
        ];
        for (text, start, length) in cases {
            assert_eq!(moment(text), Some(Moment::Span(Timestamp(start), Timestamp(start + length))), "{text}");
        }
        assert_eq!(moment("7d"), Some(Moment::Age(604_800.0)));
        let wrong = [
            "",
            "7",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-30",
            "2026-11-01T",
            "2026-11-01TZ",
            "2026-11-01T25:00",
            "2026-11-01T1:00",
            "01.11.2026",
            "-7d",
            "today",
            "é",
            "2026-11-01Té",
        ];
        for text in wrong {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
