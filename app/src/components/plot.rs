//! A picture with two axes, as SVG in units of its own that scales with its card. Positions are attributes, not styles: the
//! page's security policy allows no inline style.

use std::fmt::Write;

use leptos::prelude::*;

use crate::{
    components::chart::{Tick, extent, factors, spans_magnitudes, ticks},
    language::Language,
};

const WIDTH: f64 = 340.0;
const HEIGHT: f64 = 290.0;
/// Room for numbers of up to four digits.
const LEFT: f64 = 46.0;
/// What one more digit takes, and what the name beside the numbers does.
const DIGIT: f64 = 6.0;
const BESIDE: f64 = 22.0;
const RIGHT: f64 = 10.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 44.0;

/// What one side of a picture stands for.
#[derive(Clone)]
pub struct Axis {
    from: f64,
    to: f64,
    ticks: Vec<Tick>,
    label: String,
    /// Equal factors are equally far apart.
    by_magnitude: bool,
}

impl Axis {
    /// From 0 to 1.
    pub fn share(label: impl Into<String>) -> Self {
        Self { from: 0.0, to: 1.0, ticks: ticks(0.0, 1.0, 5, false), label: label.into(), by_magnitude: false }
    }

    /// From 0 to at least `most`, in whole numbers.
    pub fn count(most: u64, label: impl Into<String>) -> Self {
        let axis = Self::from_zero(most.max(1) as f64, label);
        Self { ticks: ticks(axis.from, axis.to, 5, true), ..axis }
    }

    /// From 0 to a little beyond a number.
    pub fn from_zero(most: f64, label: impl Into<String>) -> Self {
        let to = if most > 0.0 { most * 1.05 } else { 1.0 };
        Self { from: 0.0, to, ticks: ticks(0.0, to, 5, false), label: label.into(), by_magnitude: false }
    }

    /// Around numbers, with some air. Around nothing it is from 0 to 1.
    pub fn around(numbers: impl Iterator<Item = f64>, label: impl Into<String>) -> Self {
        let (low, high) = extent(numbers);
        let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
        let air = if high > low { (high - low) * 0.04 } else { 0.5 };
        let (from, to) = (low - air, high + air);
        Self { from, to, ticks: ticks(from, to, 5, false), label: label.into(), by_magnitude: false }
    }

    /// Around numbers; by their magnitude when they are far apart and all above zero, as learning rates are.
    pub fn spread(numbers: impl Iterator<Item = f64> + Clone, label: impl Into<String>) -> Self {
        let (low, high) = extent(numbers.clone());
        if !spans_magnitudes((low, high)) {
            return Self::around(numbers, label);
        }
        let (from, to) = (low / 1.3, high * 1.3);
        Self { from, to, ticks: factors(from, to), label: label.into(), by_magnitude: true }
    }

    /// The same, with its numbers as percentages.
    pub fn in_percent(mut self) -> Self {
        self.ticks = self.ticks.into_iter().map(Tick::in_percent).collect();
        self
    }

    /// The same stretch under another name.
    pub fn also(&self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self.clone() }
    }

    /// Where the axis begins and ends.
    pub fn ends(&self) -> (f64, f64) {
        (self.from, self.to)
    }

    fn share_of(&self, value: f64) -> f64 {
        if self.by_magnitude {
            return (value.max(f64::MIN_POSITIVE) / self.from).ln() / (self.to / self.from).ln();
        }
        (value - self.from) / (self.to - self.from)
    }
}

/// Two axes.
#[derive(Clone)]
pub struct Plane {
    pub across: Axis,
    pub up: Axis,
}

impl Plane {
    /// Where the axis up stands: beyond its longest number.
    fn left(&self) -> f64 {
        let digits = self.up.ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap_or(0);
        (BESIDE + DIGIT * digits as f64).max(LEFT)
    }

    pub fn x(&self, value: f64) -> f64 {
        self.left() + self.across.share_of(value) * (WIDTH - self.left() - RIGHT)
    }

    pub fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - self.up.share_of(value) * (HEIGHT - TOP - BOTTOM)
    }

    /// A line through points.
    pub fn line(&self, class: impl Into<String>, points: impl Iterator<Item = (f64, f64)>) -> Mark {
        let mut d = String::new();
        for (at, (x, y)) in points.enumerate() {
            // Writing to a String cannot fail.
            let _ = write!(d, "{}{:.1} {:.1}", if at == 0 { 'M' } else { 'L' }, self.x(x), self.y(y));
        }
        Mark { class: class.into(), colour: None, d }
    }

    /// Dots: lines of no length, which a round cap makes visible.
    pub fn dots(&self, class: impl Into<String>, points: impl Iterator<Item = (f64, f64)>) -> Mark {
        let mut d = String::new();
        for (x, y) in points {
            let _ = write!(d, "M{:.1} {:.1}h0", self.x(x), self.y(y));
        }
        Mark { class: class.into(), colour: None, d }
    }

    /// Discs, each at a point and of a radius.
    pub fn discs(&self, class: impl Into<String>, discs: impl Iterator<Item = (f64, f64, f64)>) -> Mark {
        let mut d = String::new();
        for (x, y, radius) in discs {
            let (x, y, across) = (self.x(x) - radius, self.y(y), radius * 2.0);
            let half = format!("a{radius:.1} {radius:.1} 0 1 0");
            let _ = write!(d, "M{x:.1} {y:.1}{half} {across:.1} 0{half} -{across:.1} 0Z");
        }
        Mark { class: class.into(), colour: None, d }
    }

    /// Bars that stand on 0, each from one number to another and so high.
    pub fn bars(&self, class: impl Into<String>, bars: impl Iterator<Item = (f64, f64, f64)>) -> Mark {
        let mut d = String::new();
        let ground = self.y(0.0);
        for (from, to, height) in bars.filter(|bar| bar.2 > 0.0) {
            // A hair between neighbours.
            let (left, right) = (self.x(from) + 0.5, self.x(to) - 0.5);
            let _ = write!(d, "M{left:.1} {ground:.1}V{:.1}H{right:.1}V{ground:.1}Z", self.y(height));
        }
        Mark { class: class.into(), colour: None, d }
    }

    fn grid(&self) -> String {
        let (left, right) = (self.left(), WIDTH - RIGHT);
        let (top, bottom) = (TOP, HEIGHT - BOTTOM);
        let mut d = String::new();
        for tick in &self.up.ticks {
            let y = bottom - tick.at * (bottom - top);
            let _ = write!(d, "M{left:.1} {y:.1}H{right:.1}");
        }
        for tick in &self.across.ticks {
            let x = left + tick.at * (right - left);
            let _ = write!(d, "M{x:.1} {top:.1}V{bottom:.1}");
        }
        d
    }
}

/// Something that is drawn: a path and the class of its colours, or a colour of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub class: String,
    pub colour: Option<String>,
    pub d: String,
}

/// Axes, their names and numbers, and what is drawn between them, the last on top. `spoken` says to those who do not see it
/// what there is to see.
pub fn plot(plane: &Plane, spoken: String, marks: Vec<Mark>) -> AnyView {
    let (bottom, left) = (HEIGHT - BOTTOM, plane.left());
    let width = WIDTH - left - RIGHT;
    let text = |class: &'static str, x: f64, y: f64, turn: i32, words: &str| {
        let place = format!("translate({x:.1} {y:.1}) rotate({turn})");
        view! { <text class=class transform=place>{words.to_owned()}</text> }
    };
    let mut words = Vec::new();
    for tick in &plane.across.ticks {
        words.push(text("plot-x", left + tick.at * width, bottom + 16.0, 0, &tick.label));
    }
    let up = |tick: &Tick| text("plot-y", left - 7.0, bottom - tick.at * (bottom - TOP) + 4.0, 0, &tick.label);
    let numbers: Vec<_> = plane.up.ticks.iter().map(up).collect();
    words.push(text("plot-x", left + width / 2.0, HEIGHT - 8.0, 0, &plane.across.label));
    words.push(text("plot-x", 11.0, f64::midpoint(TOP, bottom), -90, &plane.up.label));
    let grid = Mark { class: "plot-grid".to_owned(), colour: None, d: plane.grid() };
    let marks: Vec<_> = [grid].into_iter().chain(marks).map(path).collect();
    view! {
        <svg class="plot" direction="ltr" viewBox=format!("0 0 {WIDTH} {HEIGHT}") role="img" aria-label=spoken>
            <g aria-hidden="true">{marks} {numbers} <g direction=Language::now().direction()>{words}</g></g>
        </svg>
    }
    .into_any()
}

fn path(mark: Mark) -> impl IntoView {
    view! { <path class=mark.class stroke=mark.colour d=mark.d></path> }
}

/// One thing over a picture that stays as it is: a layer of the same size.
pub fn over(mark: Mark) -> impl IntoView {
    view! {
        <svg class="plot plot-over" viewBox=format!("0 0 {WIDTH} {HEIGHT}") aria-hidden="true">
            {path(mark)}
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Plane};

    #[test]
    fn corners_are_where_the_axes_end() {
        let plane = Plane { across: Axis::share("x"), up: Axis::share("y") };
        assert_eq!(plane.line("", [(0.0, 0.0), (1.0, 1.0)].into_iter()).d, "M46.0 246.0L330.0 8.0");
        assert_eq!(plane.dots("", [(0.5, 0.5)].into_iter()).d, "M188.0 127.0h0");
        let disc = "M186.0 127.0a2.0 2.0 0 1 0 4.0 0a2.0 2.0 0 1 0 -4.0 0Z";
        assert_eq!(plane.discs("", [(0.5, 0.5, 2.0)].into_iter()).d, disc);
        assert_eq!(plane.bars("", [(0.0, 0.5, 0.5), (0.5, 1.0, 0.0)].into_iter()).d, "M46.5 246.0V127.0H187.5V246.0Z");
    }

    #[test]
    fn long_numbers_have_room_beside_the_name_of_their_axis() {
        let up = Axis::around([0.951_2, 0.951_9].into_iter(), "rmse");
        let longest = up.ticks.iter().map(|tick| tick.label.chars().count()).max().unwrap() as f64;
        let plane = Plane { across: Axis::share("x"), up };
        assert!(longest > 4.0 && plane.x(0.0) >= super::BESIDE + super::DIGIT * longest, "{longest}: {}", plane.x(0.0));
        assert_eq!(plane.x(1.0), 330.0, "the other end stays");
    }

    #[test]
    fn axes_hold_what_they_are_made_for_even_one_number_or_none() {
        let axis = Axis::around([2.0, 4.0, 3.0].into_iter(), "");
        assert!(axis.ends().0 < 2.0 && axis.ends().1 > 4.0 && !axis.ticks.is_empty());
        assert_eq!(Axis::around([3.0].into_iter(), "").ends(), (2.5, 3.5));
        assert!(Axis::around(std::iter::empty(), "").ends().1 > 1.0);
        assert!(Axis::count(0, "").ends().1 > 1.0);
        let rates = Axis::spread([0.001, 0.01, 0.1].into_iter(), "");
        assert!((rates.share_of(0.01) - 0.5).abs() < 1e-9 && rates.ticks.len() >= 3, "{:?}", rates.ticks);
        assert_eq!(Axis::spread([1.0, 2.0].into_iter(), "").ends(), Axis::around([1.0, 2.0].into_iter(), "").ends());
    }
}
