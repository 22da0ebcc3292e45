//! From data to the unit square and back, and ticks at round numbers. Only `+ - * /`: the server and the browser must
//! find the same ticks, or hydration meets a label that is not there.

use super::times;
use crate::components::format;

/// A tick: where along its axis (0 to 1), and the number that is written there.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub value: f64,
    pub label: String,
}

impl Tick {
    /// With the number as a percentage.
    pub fn in_percent(self) -> Self {
        Self { label: format::share(self.value), ..self }
    }
}

/// Numbers that are further apart than this are shown by their magnitude, if all are above zero.
const WIDE: f64 = 30.0;

/// Whether equal factors should be equally far apart between these numbers.
pub fn spans_magnitudes((low, high): (f64, f64)) -> bool {
    low > 0.0 && high.is_finite() && high / low > WIDE
}

/// The least and the greatest; of none, the first is greater than the second.
pub fn extent(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), number| (low.min(number), high.max(number)))
}

/// What part of the data a chart shows, and its ticks. x is a position on its axis: in optimizer steps, with ticks in epochs
/// when it is known how many steps one has, or in seconds.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    pub x_min: f64,
    pub x_max: f64,
    pub y_min: f64,
    pub y_max: f64,
    pub x_ticks: Vec<Tick>,
    pub y_ticks: Vec<Tick>,
    /// Equal factors are equally far apart. Only in browsers: logarithms need not be the same bits on a server.
    logarithmic: bool,
}

impl Frame {
    /// A frame for positions up to `last` and values in `range`. `bounds` are values that the axis never goes beyond
    /// (a share stays within 0 and 1).
    pub fn new(last: f64, steps_per_epoch: f64, range: (f64, f64), bounds: (f64, f64), wanted: (usize, usize)) -> Self {
        let per_epoch = if steps_per_epoch > 0.0 { steps_per_epoch } else { 1.0 };
        Self::of((0.0, last.max(per_epoch)), per_epoch, range, bounds, wanted)
    }

    /// A frame for the positions of a window.
    pub fn of(
        (x_min, x_max): (f64, f64),
        steps_per_epoch: f64,
        range: (f64, f64),
        bounds: (f64, f64),
        (wanted_x, wanted_y): (usize, usize),
    ) -> Self {
        let per_epoch = if steps_per_epoch > 0.0 { steps_per_epoch } else { 1.0 };
        let (y_min, y_max) = padded(range, bounds);
        // Within an epoch there are no whole ones.
        let whole = x_min == 0.0 || x_max - x_min > 2.0 * per_epoch;
        let x_ticks = ticks(x_min / per_epoch, x_max / per_epoch, wanted_x, whole);
        let y_ticks = ticks(y_min, y_max, wanted_y, false);
        Self { x_min, x_max, y_min, y_max, x_ticks, y_ticks, logarithmic: false }
    }

    /// The same with a logarithmic scale of values, if all of `range` is above zero.
    #[must_use]
    pub fn logarithmic(self, (low, high): (f64, f64)) -> Self {
        if !(low > 0.0 && high.is_finite() && high >= low) {
            return self;
        }
        let (y_min, y_max) = if high > low * 1.05 { (low / 1.1, high * 1.1) } else { (low / 2.0, high * 2.0) };
        Self { y_ticks: factors(y_min, y_max), y_min, y_max, logarithmic: true, ..self }
    }

    /// The same with ticks for an axis in seconds, about `wanted` of them.
    #[must_use]
    pub fn in_seconds(self, wanted: usize) -> Self {
        Self { x_ticks: times::ticks(self.x_min, self.x_max, wanted), ..self }
    }

    /// The numbers up the axis; those of a share are percentages.
    pub fn labels_up(&self, share: bool) -> impl Iterator<Item = Tick> {
        self.y_ticks.iter().cloned().map(move |tick| if share { tick.in_percent() } else { tick })
    }

    /// What is shown of a line, and one point beyond each end, so that it reaches the edges.
    pub fn part_of<'a>(&self, line: &'a [(f64, f64)]) -> &'a [(f64, f64)] {
        let from = line.partition_point(|point| point.0 < self.x_min).saturating_sub(1);
        let to = (line.partition_point(|point| point.0 <= self.x_max) + 1).min(line.len());
        line.get(from..to).unwrap_or_default()
    }

    /// Whether a picture of one is a picture of the other but for its size and place.
    pub fn is_like(&self, other: &Self) -> bool {
        self.logarithmic == other.logarithmic
    }

    /// Where a position lies between the left (0) and the right (1) edge.
    pub fn x(&self, position: f64) -> f64 {
        (position - self.x_min) / (self.x_max - self.x_min)
    }

    /// Whether a position is shown.
    pub fn shows(&self, position: f64) -> bool {
        (self.x_min..=self.x_max).contains(&position)
    }

    /// Where a value lies between the top (0) and the bottom (1) edge.
    pub fn y(&self, value: f64) -> f64 {
        if self.logarithmic {
            return 1.0 - (value.max(f64::MIN_POSITIVE) / self.y_min).ln() / (self.y_max / self.y_min).ln();
        }
        1.0 - (value - self.y_min) / (self.y_max - self.y_min)
    }

    /// The position at a share of the width.
    pub fn x_at(&self, share: f64) -> f64 {
        self.x_min + share.clamp(0.0, 1.0) * (self.x_max - self.x_min)
    }
}

/// Ticks at 1, 2 and 5 times powers of ten; where these would be many, at powers of ten alone; where they would be few, as on
/// a scale that is not logarithmic.
pub fn factors(low: f64, high: f64) -> Vec<Tick> {
    let width = (high / low).ln();
    let first = low.log10().floor() as i32;
    let last = high.log10().ceil() as i32;
    let steps: &[f64] = if last - first > 4 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let values = (first..=last).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
    let within = values.filter(|value| (low..=high).contains(value));
    let tick = |value: f64| Tick { at: (value / low).ln() / width, value, label: format::significant(value, 2) };
    let ticks: Vec<Tick> = within.map(tick).collect();
    if ticks.len() > 2 {
        return ticks;
    }
    let place = |tick: Tick| Tick { at: ((low + tick.at * (high - low)) / low).ln() / width, ..tick };
    self::ticks(low, high, 4, false).into_iter().map(place).collect()
}

/// Some air above and below the curve, but not beyond what the metric can be.
fn padded((low, high): (f64, f64), (floor, ceiling): (f64, f64)) -> (f64, f64) {
    if !(low.is_finite() && high.is_finite()) || high < low {
        return (0.0, 1.0);
    }
    let span = high - low;
    let magnitude = if high.abs() > low.abs() { high.abs() } else { low.abs() };
    // A flat line would have no height.
    let air = if span > magnitude * 1e-9 { span * 0.06 } else { (magnitude * 0.1).max(1e-9) };
    let (bottom, top) = ((low - air).max(floor), (high + air).min(ceiling));
    if top > bottom { (bottom, top) } else { (bottom - air, top + air) }
}

/// 1, 2 or 5 times a power of ten, so that about `wanted` steps fit into `span`.
fn nice_step(span: f64, wanted: usize) -> f64 {
    let rough = span / wanted.max(1) as f64;
    let exponent = format::decade(rough);
    let mut power = 1.0;
    for _ in 0..exponent.abs() {
        power *= 10.0;
    }
    let power = if exponent < 0 { 1.0 / power } else { power };
    let factor = match rough / power {
        ratio if ratio < 1.5 => 1.0,
        ratio if ratio < 3.5 => 2.0,
        ratio if ratio < 7.5 => 5.0,
        _ => 10.0,
    };
    factor * power
}

/// About `wanted` ticks at round numbers between `min` and `max`; at `whole` numbers if need be.
pub fn ticks(min: f64, max: f64, wanted: usize, whole: bool) -> Vec<Tick> {
    let span = max - min;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let step = nice_step(span, wanted).max(if whole { 1.0 } else { 0.0 });
    // Counting by whole numbers keeps rounding errors from adding up.
    let (first, last) = ((min / step - 1e-9).ceil(), (max / step + 1e-9).floor());
    let decimals = usize::try_from(-format::decade(step * 1.000_001)).unwrap_or(0);
    let count = (last - first).clamp(0.0, 50.0) as usize;
    (0..=count)
        .map(|at| {
            let value = (first + at as f64) * step;
            Tick { at: (value - min) / span, value, label: label(value, step, decimals, max.abs().max(min.abs())) }
        })
        .collect()
}

fn label(value: f64, step: f64, decimals: usize, largest: f64) -> String {
    if value.abs() < step * 1e-6 {
        return format::count(0);
    }
    if largest >= 1e6 || decimals > 5 {
        return format::significant(value, 3);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    if decimals == 0 {
        return format::digits(format!("{sign}{}", format::count(value.abs().round() as u64)));
    }
    format::digits(format!("{sign}{:.decimals$}", value.abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(&ticks(0.0, 1.0, 5, false)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&ticks(0.0, 200.0, 5, true)), ["0", "50", "100", "150", "200"]);
        assert_eq!(labels(&ticks(0.0, 3.0, 8, true)), ["0", "1", "2", "3"]);
        assert_eq!(labels(&ticks(-1.2, 1.2, 3, false)), ["−1", "0", "1"]);
        assert_eq!(labels(&ticks(0.031, 0.039, 4, false)), ["0.032", "0.034", "0.036", "0.038"]);
        assert_eq!(labels(&ticks(0.0, 4e9, 4, false)), ["0", "1e9", "2e9", "3e9", "4e9"]);
        assert!(ticks(1.0, 1.0, 5, false).is_empty());
    }

    #[test]
    fn a_frame_maps_its_corners_to_the_unit_square() {
        let frame = Frame::new(80.0, 8.0, (0.0, 2.0), (0.0, f64::INFINITY), (6, 4));
        assert_eq!((frame.x(0.0), frame.x(80.0)), (0.0, 1.0));
        assert_eq!((frame.y(frame.y_min), frame.y(frame.y_max)), (1.0, 0.0));
        assert_eq!(frame.y_min, 0.0, "a loss has nothing below zero");
        assert_eq!(frame.x_at(0.5), 40.0);
        assert_eq!(labels(&frame.x_ticks), ["0", "2", "4", "6", "8", "10"]);
    }

    #[test]
    fn a_window_and_a_logarithmic_scale_have_their_own_corners() {
        let frame = Frame::of((40.0, 60.0), 10.0, (0.1, 10.0), (0.0, f64::INFINITY), (4, 4));
        assert_eq!((frame.x(40.0), frame.x(60.0), frame.x_at(0.5)), (0.0, 1.0, 50.0));
        assert!(frame.shows(50.0) && !frame.shows(61.0));
        assert_eq!(labels(&frame.x_ticks), ["4.0", "4.5", "5.0", "5.5", "6.0"]);
        let frame = frame.logarithmic((0.1, 10.0));
        assert_eq!(labels(&frame.y_ticks), ["0.1", "0.2", "0.5", "1", "2", "5", "10"]);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(frame.y(1.0), 0.5);
        close(frame.y(frame.y_min), 1.0);
        let near = Frame::new(10.0, 1.0, (0.2, 0.26), (0.0, f64::INFINITY), (5, 4)).logarithmic((0.2, 0.26));
        assert_eq!(labels(&near.y_ticks), ["0.20", "0.22", "0.24", "0.26", "0.28"]);
        // What is not above zero has no logarithm.
        let plain = Frame::new(10.0, 1.0, (0.0, 1.0), (0.0, f64::INFINITY), (5, 4));
        assert_eq!(plain.clone().logarithmic((0.0, 1.0)), plain);
    }

    #[test]
    fn a_part_of_a_line_reaches_the_edges() {
        let line: Vec<(f64, f64)> = (0..10).map(|at| (f64::from(at), 0.0)).collect();
        let of = |window| Frame::of(window, 1.0, (0.0, 1.0), (0.0, 1.0), (5, 4));
        let ends = |part: &[(f64, f64)]| (part[0].0, part[part.len() - 1].0);
        assert_eq!(ends(of((2.5, 4.5)).part_of(&line)), (2.0, 5.0));
        assert_eq!(ends(of((0.0, 9.0)).part_of(&line)), (0.0, 9.0));
        assert!(of((2.0, 4.0)).part_of(&[]).is_empty());
    }

    #[test]
    fn flat_and_missing_data_still_have_a_frame() {
        let frame = Frame::new(10.0, 1.0, (3.0, 3.0), (0.0, f64::INFINITY), (5, 4));
        assert!(frame.y_min < 3.0 && frame.y_max > 3.0);
        let perfect = Frame::new(10.0, 1.0, (1.0, 1.0), (0.0, 1.0), (5, 4));
        assert!(perfect.y_min < 1.0 && perfect.y_max >= 1.0);
        let empty = Frame::new(0.0, 0.0, (f64::INFINITY, f64::NEG_INFINITY), (0.0, 1.0), (5, 4));
        assert_eq!((empty.y_min, empty.y_max, empty.x_max), (0.0, 1.0, 1.0));
    }
}
