//! Ticks of an axis in seconds: at round parts of a minute, an hour, a day.

use super::scale::{self, Tick};
use crate::components::format;

/// Steps in seconds between two ticks.
const STEPS: [f64; 18] = [
    1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0, 7_200.0, 14_400.0, 21_600.0,
    43_200.0, 86_400.0,
];

/// About `wanted` ticks between `from` and `to` seconds.
pub fn ticks(from: f64, to: f64, wanted: usize) -> Vec<Tick> {
    const DAY: f64 = 86_400.0;
    let rough = (to - from) / wanted.max(1) as f64;
    if !(rough.is_finite() && rough > 0.0) {
        return Vec::new();
    }
    let named = |unit: f64, text: fn(String) -> String| {
        let ticks = scale::ticks(from / unit, to / unit, wanted, false);
        ticks.into_iter().map(|tick| Tick { label: text(tick.label), ..tick }).collect()
    };
    if rough < 1.0 {
        return named(1.0, |number| t!("{s} s", s = number));
    }
    let Some(step) = STEPS.into_iter().find(|step| *step >= rough * 0.8) else {
        return named(DAY, |number| t!("{d} d", d = number));
    };
    // Counting by whole numbers keeps rounding errors from adding up.
    let (first, last) = ((from / step - 1e-9).ceil(), (to / step + 1e-9).floor());
    let at = |count: usize| (first + count as f64) * step;
    let ticks = (0..=(last - first).clamp(0.0, 50.0) as usize).map(at);
    let tick = |seconds: f64| {
        let label = label(seconds, step, to);
        Tick { at: (seconds - from) / (to - from), value: seconds, label }
    };
    ticks.map(tick).collect()
}

/// The seconds of a tick: in the largest unit in which all are whole, or as a clock.
fn label(seconds: f64, step: f64, largest: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3_600, whole / 86_400);
    let number = |number: u64| format::digits(number.to_string());
    let clock = |large: u64, small: u64| format::digits(format!("{large}:{small:02}"));
    match step as u64 {
        _ if whole == 0 => number(0),
        0..60 if largest < 60.0 => t!("{s} s", s = number(whole)),
        0..60 => clock(minutes, whole % 60),
        60..3_600 if largest < 3_600.0 => t!("{m} min", m = number(minutes)),
        60..3_600 => t!("{h} h", h = clock(hours, minutes % 60)),
        3_600..86_400 if largest < 86_400.0 => t!("{h} h", h = number(hours)),
        3_600..86_400 => t!("{d} d {h} h", d = number(days), h = number(hours % 24)),
        _ => t!("{d} d", d = number(days)),
    }
}

#[cfg(test)]
mod tests {
    use super::ticks;

    fn labels(from: f64, to: f64) -> Vec<String> {
        ticks(from, to, 5).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn ticks_are_round_parts_of_clocks() {
        assert_eq!(labels(0.0, 2.0), ["0 s", "0.5 s", "1.0 s", "1.5 s", "2.0 s"]);
        assert_eq!(labels(0.0, 55.0), ["0", "10 s", "20 s", "30 s", "40 s", "50 s"]);
        assert_eq!(labels(70.0, 130.0), ["1:10", "1:20", "1:30", "1:40", "1:50", "2:00", "2:10"]);
        assert_eq!(labels(0.0, 1_500.0), ["0", "5 min", "10 min", "15 min", "20 min", "25 min"]);
        assert_eq!(labels(3_600.0, 9_000.0), ["1:00 h", "1:15 h", "1:30 h", "1:45 h", "2:00 h", "2:15 h", "2:30 h"]);
        assert_eq!(labels(0.0, 30_000.0), ["0", "2 h", "4 h", "6 h", "8 h"]);
        assert_eq!(labels(86_400.0, 200_000.0), ["1 d 0 h", "1 d 6 h", "1 d 12 h", "1 d 18 h", "2 d 0 h", "2 d 6 h"]);
        assert_eq!(labels(0.0, 5_000_000.0), ["0 d", "10 d", "20 d", "30 d", "40 d", "50 d"]);
        assert!(ticks(1.0, 1.0, 5).is_empty());
    }
}
