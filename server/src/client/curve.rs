//! Loss by step, of training and validation, as a small picture of Braille dots: each letter holds two by four.

use domain::job::{Point, Split};

/// Beyond so many points of a curve every second one goes: a screen has a few hundred columns of dots.
const MOST_POINTS: usize = 8_192;
/// Columns for the numbers beside the picture.
const LABELS: usize = 9;
/// Bits of a Braille letter, by row and column of the dot.
const DOTS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

/// What was measured so far.
#[derive(Default)]
pub struct Curves {
    train: Series,
    validation: Series,
}

#[derive(Default)]
struct Series {
    /// Steps only grow.
    points: Vec<(u64, f64)>,
}

impl Curves {
    /// Takes what is a loss.
    pub fn push(&mut self, point: &Point) {
        if point.name != "loss" || !point.value.is_finite() {
            return;
        }
        match point.split {
            Split::Train => self.train.push(point.step, point.value),
            Split::Validation => self.validation.push(point.step, point.value),
            Split::Test => {}
        }
    }

    /// Lines of at most `width` letters; none while there is nothing to see. With `colours` the validation is told apart by its
    /// colour, without by its letter.
    pub fn draw(&self, width: usize, height: usize, colours: bool) -> Vec<String> {
        let columns = width.saturating_sub(LABELS);
        let Some(bounds) = self.bounds().filter(|_| columns >= 8 && height >= 2) else { return Vec::new() };
        let train = Layer::of(&self.train, &bounds, columns, height);
        let validation = Layer::of(&self.validation, &bounds, columns, height);
        (0..height)
            .map(|row| {
                let label = match row {
                    0 => label(bounds.high),
                    row if row + 1 == height => label(bounds.low),
                    _ => String::new(),
                };
                let cells =
                    (0..columns).map(|column| cell(train.bits(column, row), validation.bits(column, row), colours));
                let picture: String = cells.collect();
                format!("{label:>7} │{}", picture.trim_end())
            })
            .collect()
    }

    fn bounds(&self) -> Option<Bounds> {
        let all = || self.train.points.iter().chain(&self.validation.points);
        if all().count() < 2 {
            return None;
        }
        let values = || all().map(|(_, value)| *value);
        let steps = || all().map(|(step, _)| *step);
        Some(Bounds {
            first: steps().min()?,
            last: steps().max()?,
            low: values().fold(f64::INFINITY, f64::min),
            high: values().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

impl Series {
    /// A step that comes again takes the place of what was measured from it on: the job went on from a checkpoint.
    fn push(&mut self, step: u64, value: f64) {
        let again = self.points.partition_point(|(known, _)| *known < step);
        self.points.truncate(again);
        self.points.push((step, value));
        if self.points.len() > MOST_POINTS {
            let mut at = 0;
            self.points.retain(|_| {
                at += 1;
                at % 2 == 1
            });
        }
    }
}

struct Bounds {
    first: u64,
    last: u64,
    low: f64,
    high: f64,
}

impl Bounds {
    /// Column and row of dots, the first row on top.
    fn place(&self, (step, value): (u64, f64), columns: usize, rows: usize) -> (usize, usize) {
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.5 };
        let x = share((step - self.first) as f64, (self.last - self.first) as f64);
        let y = share(self.high - value, self.high - self.low);
        ((x * (columns - 1) as f64).round() as usize, (y * (rows - 1) as f64).round() as usize)
    }
}

/// The dots of one curve.
struct Layer {
    columns: usize,
    cells: Vec<u8>,
}

impl Layer {
    fn of(series: &Series, bounds: &Bounds, columns: usize, height: usize) -> Self {
        let mut layer = Self { columns, cells: vec![0; columns * height] };
        let mut before = None;
        for point in &series.points {
            let (x, y) = bounds.place(*point, columns * 2, height * 4);
            let (from_x, from_y) = before.unwrap_or((x, y));
            layer.line((from_x, from_y), (x, y));
            before = Some((x, y));
        }
        layer
    }

    fn line(&mut self, (from_x, from_y): (usize, usize), (to_x, to_y): (usize, usize)) {
        let pieces = from_x.abs_diff(to_x).max(from_y.abs_diff(to_y)).max(1);
        let between = |from: usize, to: usize, at: usize| {
            let share = at as f64 / pieces as f64;
            (from as f64 + (to as f64 - from as f64) * share).round() as usize
        };
        for at in 0..=pieces {
            let (x, y) = (between(from_x, to_x, at), between(from_y, to_y, at));
            if let Some(cell) = self.cells.get_mut(y / 4 * self.columns + x / 2) {
                *cell |= DOTS[y % 4][x % 2];
            }
        }
    }

    fn bits(&self, column: usize, row: usize) -> u8 {
        self.cells.get(row * self.columns + column).copied().unwrap_or_default()
    }
}

fn cell(train: u8, validation: u8, colours: bool) -> String {
    let dots = |bits: u8| char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ');
    match (train, validation) {
        (0, 0) => " ".to_owned(),
        (bits, 0) if colours => format!("\u{1b}[33m{}\u{1b}[0m", dots(bits)),
        (below, bits) if colours => format!("\u{1b}[36m{}\u{1b}[0m", dots(below | bits)),
        (bits, 0) => dots(bits).to_string(),
        _ => "•".to_owned(),
    }
}

fn label(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e5).contains(&size) => format!("{value:.1e}"),
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use domain::job::{Point, Split};

    use super::{Curves, MOST_POINTS};

    fn point(split: Split, step: u64, value: f64) -> Point {
        Point { name: "loss".into(), split, step, epoch: 0, value }
    }

    fn falling() -> Curves {
        let mut curves = Curves::default();
        (0..=40_u32).for_each(|at| curves.push(&point(Split::Train, u64::from(at), 1.0 - f64::from(at) / 40.0)));
        curves
    }

    #[test]
    fn a_curve_that_falls_goes_from_the_upper_left_to_the_lower_right() {
        let lines = falling().draw(29, 4, false);
        assert_eq!(lines.len(), 4);
        assert!(lines[0].starts_with("   1.00 │⠉"), "{lines:#?}");
        assert!(lines[3].starts_with("      0 │   "), "{lines:#?}");
        let starts: Vec<usize> =
            lines.iter().map(|line| line.chars().position(|c| c > '\u{2800}' && c < '\u{2900}').unwrap()).collect();
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]), "{lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 29), "{lines:#?}");
    }

    #[test]
    fn validation_is_told_apart_with_and_without_colours() {
        let mut curves = falling();
        (0..=40).for_each(|at| curves.push(&point(Split::Validation, at, 0.5)));
        let plain = curves.draw(29, 4, false).concat();
        assert!(plain.contains('•') && !plain.contains('\u{1b}'), "{plain}");
        let coloured = curves.draw(29, 4, true).concat();
        assert!(coloured.contains("\u{1b}[36m") && coloured.contains("\u{1b}[33m") && !coloured.contains('•'));
    }

    #[test]
    fn there_is_no_picture_of_nothing_or_of_numbers_that_are_none() {
        let mut curves = Curves::default();
        assert!(curves.draw(80, 6, false).is_empty());
        curves.push(&point(Split::Train, 1, f64::NAN));
        curves.push(&point(Split::Train, 1, 3.0));
        curves.push(&Point { name: "accuracy".into(), ..point(Split::Train, 2, 0.5) });
        assert!(curves.draw(80, 6, false).is_empty(), "one point is no curve");
        curves.push(&point(Split::Train, 2, 3.0));
        assert_eq!(curves.draw(80, 6, false).len(), 6, "one that stays where it is has a picture");
        assert!(curves.draw(12, 6, false).is_empty(), "there is no room");
    }

    #[test]
    fn what_is_measured_again_takes_the_place_of_what_was() {
        let mut curves = falling();
        curves.push(&point(Split::Train, 10, 9.0));
        assert_eq!(curves.train.points.len(), 11);
        assert_eq!(curves.train.points.last(), Some(&(10, 9.0)));
        (0..=20 * MOST_POINTS as u64).for_each(|step| curves.push(&point(Split::Train, step, 1.0)));
        assert!(curves.train.points.len() <= MOST_POINTS);
        assert_eq!(curves.train.points[0].0, 0);
    }
}
