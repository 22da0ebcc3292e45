//! Tables to train on, the same every time.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
};

/// Writes a table of numbers with one decimal digit more than people look at; the target is the last column, `y`: a curve
/// of the features, or with `classes` the largest of as many mixtures of them.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, rows: usize, features: usize, classes: usize) -> io::Result<()> {
    let mut random = Random(1);
    let mixtures: Vec<Vec<f32>> = (0..classes.max(1)).map(|_| (0..features).map(|_| random.next()).collect()).collect();
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(file, "{},y", names(features).join(","))?;
    for _ in 0..rows {
        let row: Vec<f32> = (0..features).map(|_| (random.next() * 1e4).round() / 1e4).collect();
        for value in &row {
            write!(file, "{value},")?;
        }
        let mixed: Vec<f32> =
            mixtures.iter().map(|weights| weights.iter().zip(&row).map(|(a, b)| a * b).sum()).collect();
        if classes == 0 {
            writeln!(file, "{}", mixed[0].tanh() + 0.1 * random.next())?;
        } else {
            let largest = mixed.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
            writeln!(file, "{}", largest.map_or(0, |(at, _)| at))?;
        }
    }
    file.flush()
}

/// The column of texts.
pub(super) const TEXT: &str = "text";

/// Writes texts of `length` words, `w0` to as many as the vocabulary has; every fourth word comes from the part of the
/// vocabulary that belongs to the class, which is in the column `y`.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write_texts(path: &Path, rows: usize, [length, vocabulary, classes]: [usize; 3]) -> io::Result<()> {
    let mut random = Random(2);
    let mut below = |end: usize| (random.uniform() * end as f32) as usize % end;
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    writeln!(file, "{TEXT},y")?;
    let own = vocabulary / classes;
    for row in 0..rows {
        let class = row % classes;
        for at in 0..length {
            let word = if below(4) == 0 { class * own + below(own) } else { below(vocabulary) };
            write!(file, "{}w{word}", if at == 0 { "" } else { " " })?;
        }
        writeln!(file, ",{class}")?;
    }
    file.flush()
}

/// Of the features.
pub(super) fn names(features: usize) -> Vec<String> {
    (0..features).map(|at| format!("f{at}")).collect()
}

/// A linear congruential generator; sums of four are bell-shaped enough.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Around 0, of about unit variance.
    fn next(&mut self) -> f32 {
        (0..4).map(|_| self.uniform() - 0.5).sum::<f32>() * 1.7
    }
}
