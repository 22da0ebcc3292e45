//! Numbers, durations and moments as people read them, in the language of the page. Only `+ - * /` and integer arithmetic,
//! so that the server and the browser print the same characters and hydration finds the text it expects.

use domain::{Timestamp, job::Parameter};
use icu_calendar::{Date, cal::Persian};

use crate::language::Language;

/// The digits and signs of a number in English as the page writes them: `−1,204.5%` as `−۱٬۲۰۴٫۵٪`.
pub fn digits(english: String) -> String {
    match Language::now() {
        Language::English => english,
        Language::Persian => in_persian(&english),
    }
}

/// By the rules of CLDR: a sign or an exponent keeps its side by a left-to-right mark before the number.
fn in_persian(english: &str) -> String {
    let mark = if english.contains(['−', '-', 'e']) { "\u{200e}" } else { "" };
    let written = english.chars().map(|letter| match letter {
        '0'..='9' => char::from_u32(letter as u32 - '0' as u32 + '۰' as u32).unwrap_or(letter),
        '.' => '٫',
        ',' => '٬',
        '%' => '٪',
        other => other,
    });
    mark.chars().chain(written).collect()
}

/// A whole number with thousands separated: `12,345`.
pub fn count(value: u64) -> String {
    digits(grouped(value))
}

fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`.
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// A measured value with four significant digits: `0.9474`, `12.35`, `1,204`, `3.1e-7`.
pub fn number(value: f64) -> String {
    significant(value, 4)
}

/// `value` with at most `places` significant digits, without trailing zeros.
pub fn significant(value: f64, places: usize) -> String {
    digits(rounded(value, places))
}

fn rounded(value: f64, places: usize) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "–".to_owned() } else { if value > 0.0 { "∞" } else { "−∞" }.to_owned() };
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = value.abs();
    let exponent = decade(magnitude);
    let sign = if value < 0.0 { "−" } else { "" };
    if !(-4..9).contains(&exponent) {
        let mantissa = trim_zeros(format!("{:.*e}", places.saturating_sub(2), magnitude));
        return format!("{sign}{mantissa}");
    }
    let decimals = usize::try_from(places as i32 - 1 - exponent).unwrap_or(0);
    let fixed = format!("{magnitude:.decimals$}");
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), grouped);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// The power of ten below a positive finite number, found without logarithms (they may differ between machines).
pub fn decade(magnitude: f64) -> i32 {
    let (mut exponent, mut power) = (0, 1.0_f64);
    while magnitude >= power * 10.0 && exponent < 308 {
        power *= 10.0;
        exponent += 1;
    }
    while magnitude < power && exponent > -323 {
        power /= 10.0;
        exponent -= 1;
    }
    exponent
}

fn trim_zeros(scientific: String) -> String {
    match scientific.split_once('e') {
        Some((mantissa, exponent)) if mantissa.contains('.') => {
            format!("{}e{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
        }
        _ => scientific,
    }
}

/// A parameter of a job: `0.003`, `adamw`.
pub fn parameter(value: &Parameter) -> String {
    value.number().map_or_else(|| value.to_string(), number)
}

/// A share of 0 to 1 as a percentage with one decimal: `94.7%`.
pub fn share(value: f64) -> String {
    let text = format!("{:.1}", value * 100.0);
    digits(format!("{}%", text.strip_suffix(".0").unwrap_or(&text)))
}

/// A metric as its readers know it: accuracies, F1 and calibration error as percentages, everything else as a number.
pub fn metric(name: &str, value: f64) -> String {
    match name {
        _ if is_share(name) => share(value),
        // At most 1: what is beyond the fourth decimal is nothing.
        "roc_auc" | "pr_auc" | "mcc" | "r2" => number((value * 1e4).round() / 1e4),
        _ => number(value),
    }
}

/// Whether a metric runs from 0 to 1 and is read as a percentage.
pub fn is_share(name: &str) -> bool {
    matches!(name, "accuracy" | "balanced_accuracy" | "f1_macro" | "f1_weighted" | "f1" | "ece")
}

/// `balanced_accuracy` as `Balanced accuracy`, `rmse` as `RMSE`.
pub fn metric_name(name: &str) -> String {
    let known = match name {
        "loss" => t!("Loss"),
        "accuracy" => t!("Accuracy"),
        "balanced_accuracy" => t!("Balanced accuracy"),
        "rmse" => "RMSE",
        "mae" => "MAE",
        "r2" => "R²",
        "median_ae" => t!("Median error"),
        "f1_macro" => t!("F1 (macro)"),
        "f1_weighted" => t!("F1 (weighted)"),
        "roc_auc" => "ROC AUC",
        "pr_auc" => "PR AUC",
        "mcc" => "MCC",
        "ece" => t!("Calibration error"),
        "log_loss" => t!("Log loss"),
        _ => return capitalised(&name.replace('_', " ")),
    };
    known.to_owned()
}

/// The first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Seconds as `0.4 s`, `12 s`, `3 m 20 s`, `2 h 05 m`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_owned();
    }
    if seconds < 9.95 {
        let text = format!("{seconds:.1}");
        return t!("{s} s", s = digits(text.strip_suffix(".0").unwrap_or(&text).to_owned()));
    }
    let whole = (seconds + 0.5) as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3_600, whole / 86_400);
    if minutes == 0 {
        t!("{s} s", s = count(whole))
    } else if hours == 0 {
        t!("{m} m {s} s", m = count(minutes), s = digits(format!("{:02}", whole % 60)))
    } else if days == 0 {
        t!("{h} h {m} m", h = count(hours), m = digits(format!("{:02}", minutes % 60)))
    } else {
        t!("{d} d {h} h", d = count(days), h = count(hours % 24))
    }
}

/// Bytes as `512 B`, `4.2 KB`, `1.3 MB` (powers of 1,000).
pub fn bytes(value: u64) -> String {
    let (mut size, mut thousands) = (value as f64, 0);
    while size >= 999.5 && thousands < 4 {
        size /= 1000.0;
        thousands += 1;
    }
    let size = significant(size, 3);
    match thousands {
        0 => t!("{size} B", size = size),
        1 => t!("{size} KB", size = size),
        2 => t!("{size} MB", size = size),
        3 => t!("{size} GB", size = size),
        _ => t!("{size} TB", size = size),
    }
}

/// A moment in UTC to the minute: `2026-11-23 11:33`.
pub fn moment(at: Timestamp) -> String {
    let time = at.to_string().get(11..16).unwrap_or_default().to_owned();
    format!("{} {}", date(at), digits(time))
}

/// A day in UTC: `2026-11-23`; to Persian readers by their calendar, `۱۴۰۵/۰۹/۰۲`.
pub fn date(at: Timestamp) -> String {
    let iso = at.to_string().get(..10).unwrap_or_default().to_owned();
    match Language::now() {
        Language::English => iso,
        Language::Persian => solar_hijri(&iso).map_or(iso, digits),
    }
}

/// A day of the calendar of Iran.
fn solar_hijri(iso: &str) -> Option<String> {
    let mut parts = iso.splitn(3, '-');
    let (year, month, day) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let date = Date::try_new_iso(year, month, day).ok()?.to_calendar(Persian);
    Some(format!("{}/{:02}/{:02}", date.year().extended_year(), date.month().ordinal, date.day_of_month().0))
}

/// The time of day in UTC to the second: `11:33:08`.
pub fn clock(at: Timestamp) -> String {
    digits(at.to_string().get(11..19).unwrap_or_default().to_owned())
}

/// How long ago, coarsely: `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, then the date.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds_since(at).max(0.0) as u64;
    match seconds {
        0..60 => t!("just now").to_owned(),
        60..3_600 => t!("{n} min ago", n = count(seconds / 60)),
        3_600..86_400 => t!("{n} h ago", n = count(seconds / 3_600)),
        86_400..172_800 => t!("yesterday").to_owned(),
        172_800..2_592_000 => t!("{n} days ago", n = count(seconds / 86_400)),
        _ => date(at),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands() {
        assert_eq!(["0", "999", "1,000", "1,234,567"], [0, 999, 1_000, 1_234_567].map(count));
        assert_eq!([counted(1, "row", "rows"), counted(2, "row", "rows")], ["1 row", "2 rows"]);
    }

    #[test]
    fn numbers_keep_four_significant_digits() {
        let pairs = [
            (0.0, "0"),
            (0.947_36, "0.9474"),
            (12.345_6, "12.35"),
            (1_204.4, "1,204"),
            (-0.5, "−0.5"),
            (0.000_123_456, "0.0001235"),
            (0.000_000_31, "3.1e-7"),
            (2.5e12, "2.5e12"),
            (f64::NAN, "–"),
        ];
        for (value, text) in pairs {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn shares_and_metrics() {
        assert_eq!([share(0.947_36), share(1.0), share(0.0)], ["94.7%", "100%", "0%"]);
        assert_eq!([metric("accuracy", 0.5), metric("rmse", 0.5)], ["50%", "0.5"]);
        assert_eq!([metric("r2", -2.9e-5), metric("rmse", 2.9e-5), metric("mcc", -0.5)], ["0", "2.9e-5", "−0.5"]);
        assert_eq!([metric_name("rmse"), metric_name("balanced_accuracy")], ["RMSE", "Balanced accuracy"]);
    }

    #[test]
    fn durations_and_sizes() {
        let pairs = [(0.44, "0.4 s"), (9.96, "10 s"), (59.4, "59 s"), (200.0, "3 m 20 s"), (7_500.0, "2 h 05 m")];
        for (seconds, text) in pairs {
            assert_eq!(duration(seconds), text);
        }
        assert_eq!(duration(f64::INFINITY), "–");
        assert_eq!([bytes(512), bytes(4_200), bytes(1_300_000)], ["512 B", "4.2 KB", "1.3 MB"]);
    }

    #[test]
    fn persian_numbers_keep_their_signs_on_their_side() {
        let pairs = [("1,204.5%", "۱٬۲۰۴٫۵٪"), ("−0.5", "\u{200e}−۰٫۵"), ("3.1e-7", "\u{200e}۳٫۱e-۷"), ("–", "–")];
        for (english, persian) in pairs {
            assert_eq!(in_persian(english), persian);
        }
    }

    #[test]
    fn days_of_iran() {
        // New Year's days around leap years, by the University of Tehran's calendar.
        let pairs = [
            ("2026-11-28", "1405/09/07"),
            ("2025-03-20", "1403/12/30"),
            ("2025-03-21", "1404/01/01"),
            ("2021-03-21", "1400/01/01"),
            ("1970-01-01", "1348/10/11"),
        ];
        for (iso, persian) in pairs {
            assert_eq!(solar_hijri(iso).as_deref(), Some(persian));
        }
        assert_eq!([solar_hijri("today"), solar_hijri("2026-13-01")], [None, None]);
    }

    #[test]
    fn moments() {
        let at = Timestamp(1_795_433_588_123_456);
        assert_eq!(moment(at), "2026-11-23 11:33");
        assert_eq!(clock(at), "11:33:08");
        assert_eq!(ago(at, at.plus_seconds(30)), "just now");
        assert_eq!(ago(at, at.plus_seconds(7_300)), "2 h ago");
        assert_eq!(ago(at, at.plus_seconds(100_000)), "yesterday");
        assert_eq!(ago(at, at.plus_seconds(40 * 86_400)), "2026-11-23");
    }
}
