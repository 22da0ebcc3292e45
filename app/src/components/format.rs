//! Numbers, durations and moments as people read them. Only `+ - * /` and integer arithmetic, so that the server and the
//! browser print the same characters and hydration finds the text it expects.

use domain::{Timestamp, job::Parameter};

/// A whole number with thousands separated: `12,345`.
pub fn count(value: u64) -> String {
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

/// `value` with at most `digits` significant digits, without trailing zeros.
pub fn significant(value: f64, digits: usize) -> String {
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
        let mantissa = trim_zeros(format!("{:.*e}", digits.saturating_sub(2), magnitude));
        return format!("{sign}{mantissa}");
    }
    let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
    let fixed = format!("{magnitude:.decimals$}");
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
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
    format!("{}%", text.strip_suffix(".0").unwrap_or(&text))
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
    match name {
        "rmse" => "RMSE".to_owned(),
        "mae" => "MAE".to_owned(),
        "r2" => "R²".to_owned(),
        "median_ae" => "Median error".to_owned(),
        "f1_macro" => "F1 (macro)".to_owned(),
        "f1_weighted" => "F1 (weighted)".to_owned(),
        "roc_auc" => "ROC AUC".to_owned(),
        "pr_auc" => "PR AUC".to_owned(),
        "mcc" => "MCC".to_owned(),
        "ece" => "Calibration error".to_owned(),
        "log_loss" => "Log loss".to_owned(),
        _ => capitalised(&name.replace('_', " ")),
    }
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
        return format!("{} s", text.strip_suffix(".0").unwrap_or(&text));
    }
    let whole = (seconds + 0.5) as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3_600, whole / 86_400);
    if minutes == 0 {
        format!("{whole} s")
    } else if hours == 0 {
        format!("{minutes} m {:02} s", whole % 60)
    } else if days == 0 {
        format!("{hours} h {:02} m", minutes % 60)
    } else {
        format!("{days} d {} h", hours % 24)
    }
}

/// Bytes as `512 B`, `4.2 KB`, `1.3 MB` (powers of 1,000).
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let (mut size, mut unit) = (value as f64, 0);
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or("B");
    format!("{} {unit}", significant(size, 3))
}

/// A moment in UTC to the minute: `2026-11-23 11:33`.
pub fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} {time}"),
        _ => text,
    }
}

/// The time of day in UTC to the second: `11:33:08`.
pub fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}

/// How long ago, coarsely: `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, then the date.
pub fn ago(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds_since(at).max(0.0) as u64;
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..86_400 => format!("{} h ago", seconds / 3_600),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..2_592_000 => format!("{} days ago", seconds / 86_400),
        _ => moment(at).get(..10).unwrap_or_default().to_owned(),
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
