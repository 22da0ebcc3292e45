//! From columns to the numbers a model eats. Learned from the training rows only, saved with the model, and used again,
//! the same lines, for every prediction.

mod learn;
mod sound;
#[cfg(test)]
mod tests;
mod words;

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
};

use domain::{
    dataset::ColumnProfile,
    error::FieldErrors,
    job::{InputShape, JobSpec, Task},
    model::{Feature, Row},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) use self::learn::most_frequent;
use self::learn::{learn, moments};
pub use self::words::Words;
use crate::{
    Error, Table, Vocabulary, cell, images,
    table::{Column, Target},
    threads,
};

/// Raised when the meaning of the file changes.
const FORMAT_VERSION: u32 = 1;
/// Wrong cells that are named in one answer.
const MAX_ERRORS: usize = 100;
/// Deviations from the mean beyond which a model computes nothing: squares of what is larger leave the range of `f32`. No
/// row that taught the encoder is that far away, because none is further than the root of their number.
const FARTHEST: f64 = 1e18;
/// Rows that a thread encodes at once, and those of them that it encodes column by column.
const PART: usize = 4_096;
const BLOCK: usize = 256;

/// `encoder.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Encoder {
    format_version: u32,
    task: Task,
    target: String,
    inputs: Vec<Input>,
    /// Columns that a row may have although they say nothing: those of the file that were not asked for, and features that
    /// are constant or empty in the training rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    ignored: Vec<String>,
    /// Of the training targets; 0 and 1 for classification.
    target_mean: f64,
    target_std: f64,
    classes: Vec<String>,
}

/// How one column becomes inputs of the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Input {
    /// (value - mean) / std; missing is the mean. With `flag`, a second input says that it was missing. Between each two
    /// `edges`, in deviations from the mean, is a piece: one more input, among those of all pieces after the others.
    Numeric {
        name: String,
        mean: f64,
        std: f64,
        min: f64,
        max: f64,
        integer: bool,
        flag: bool,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        edges: Vec<f64>,
    },
    /// One input a word, and one for missing and unknown words.
    Categorical { name: String, words: Words },
    /// One input: the position of the word, which the model looks up.
    Embedded { name: String, words: Words },
    /// One input a token.
    Text {
        name: String,
        #[serde(flatten)]
        vocabulary: Vocabulary,
    },
    /// The middle of an image as a square of so many pixels a side, each (value - mean) / std of its channel: one of grey, or
    /// red, green and blue.
    Image { name: String, size: u32, channels: u32, mean: Vec<f64>, std: Vec<f64> },
}

/// An input that is the position of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Which of the inputs.
    pub at: usize,
    /// Positions that it may have.
    pub words: usize,
    /// Numbers that shall stand for each.
    pub width: usize,
}

/// Choices that a form offers of a column of many words.
const OFFERED: usize = 200;

/// Rows ready for a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Row-major, rows x width.
    pub x: Vec<f32>,
    /// Standardised targets, or positions in the classes.
    pub y: Vec<f32>,
}

impl Encoder {
    /// Pixels of all images that are sent with one request: decoding them takes seconds. A few kilobytes may say that they are
    /// millions.
    pub const MAX_PIXELS: u64 = 1_000_000_000;

    /// Learns means, deviations and words from the training rows.
    ///
    /// # Errors
    /// When nothing is left to learn from.
    pub fn fit(table: &Table, train: &[u32], spec: &JobSpec) -> Result<Self, Error> {
        let (mut inputs, mut ignored) = (Vec::new(), table.others.clone());
        let learned = threads::each(table.columns.iter().collect(), |(name, column)| learn(name, column, train, spec));
        for (learned, (name, _)) in learned.into_iter().zip(&table.columns) {
            match learned? {
                Some(input) => inputs.push(input),
                None => ignored.push(name.clone()),
            }
        }
        if inputs.is_empty() {
            return Err(Error::file("Every feature is constant or empty in the training rows."));
        }
        if let [Input::Image { size, channels, .. }] = inputs.as_slice() {
            images::check_size(table.rows(), *size, *channels)?;
        }
        let (target_mean, target_std, classes) = match &table.target {
            Target::Classes { names, .. } => (0.0, 1.0, names.clone()),
            Target::Numbers(values) => {
                let (mean, std) = moments(train.iter().map(|&row| values[row as usize]));
                if std == 0.0 {
                    let message = "Has the same value in every training row, so there is nothing to learn.";
                    return Err(Error::column(&spec.target, message));
                }
                (mean, std, Vec::new())
            }
        };
        let encoder = Self {
            format_version: FORMAT_VERSION,
            task: spec.task,
            target: spec.target.clone(),
            inputs,
            ignored,
            target_mean,
            target_std,
            classes,
        };
        // The request was checked against the profile, which may have counted fewer classes than there are.
        spec.model.check_size(encoder.shape(), encoder.outputs() as u64).map_err(Error::file)?;
        Ok(encoder)
    }

    /// Whether a table of other rows can be encoded: the same kinds of columns, and no class that is not known.
    ///
    /// # Errors
    /// With the column that is different.
    pub fn check(&self, table: &Table) -> Result<(), Error> {
        let columns = table.by_name();
        for input in &self.inputs {
            let column = columns.get(input.name());
            let fits = matches!(
                (input, column),
                (Input::Numeric { .. }, Some(Column::Numbers(_)))
                    | (Input::Categorical { .. } | Input::Embedded { .. }, Some(Column::Words { .. }))
                    | (Input::Text { .. }, Some(Column::Texts(_)))
                    | (Input::Image { .. }, Some(Column::Images(_)))
            );
            if !fits {
                let known = match input {
                    Input::Numeric { .. } => "numbers",
                    Input::Categorical { .. } | Input::Embedded { .. } => "words",
                    Input::Text { .. } => "texts",
                    Input::Image { .. } => "images",
                };
                let why = format!("The model that training begins with has {known} here, and this file has not.");
                return Err(Error::column(input.name(), why));
            }
        }
        if let [Input::Image { size, channels, .. }] = self.inputs.as_slice() {
            images::check_size(table.rows(), *size, *channels)?;
        }
        if let Target::Classes { names, .. } = &table.target
            && let Some(unknown) = names.iter().find(|name| !self.classes.contains(name))
        {
            let why = format!("Has the class \"{unknown}\", which the model that training begins with does not know.");
            return Err(Error::column(&self.target, why));
        }
        Ok(())
    }

    /// Reads `encoder.json`.
    ///
    /// # Errors
    /// A sentence, when it is damaged or of another version.
    pub fn from_json(text: &str) -> Result<Self, String> {
        let encoder: Self =
            serde_json::from_str(text).map_err(|error| format!("encoder.json cannot be read: {error}"))?;
        if encoder.format_version != FORMAT_VERSION {
            return Err(format!("encoder.json has version {}, not {FORMAT_VERSION}", encoder.format_version));
        }
        encoder.check_sound().map_err(|what| format!("encoder.json is damaged: {what}"))?;
        Ok(encoder)
    }

    /// Inputs of the model.
    pub fn width(&self) -> usize {
        self.plain() + self.inputs.iter().map(Input::pieces).sum::<usize>()
    }

    /// Inputs before the pieces of numbers.
    fn plain(&self) -> usize {
        self.inputs.iter().map(Input::width).sum()
    }

    /// What a model is given of a row.
    pub fn shape(&self) -> InputShape {
        match self.inputs.as_slice() {
            [Input::Text { vocabulary, .. }] => {
                InputShape::Tokens { length: vocabulary.length.into(), vocabulary: vocabulary.size() as u64 }
            }
            [Input::Image { size, channels, .. }] => {
                InputShape::Pixels { size: u64::from(*size), channels: u64::from(*channels) }
            }
            _ => {
                let codes = self.codes();
                let wider: usize = codes.iter().map(|code| code.width - 1).sum();
                InputShape::Numbers {
                    width: (self.width() + wider) as u64,
                    plain: (self.plain() + wider) as u64,
                    embedded: codes.iter().map(|code| code.words * code.width).sum::<usize>() as u64,
                }
            }
        }
    }

    /// The inputs that are positions of words, ascending.
    pub fn codes(&self) -> Vec<Code> {
        let code = |(input, span): (&Input, [Range<usize>; 2])| {
            let Input::Embedded { words, .. } = input else { return None };
            let (at, words) = (span[0].start, words.positions());
            Some(Code { at, words, width: ColumnProfile::embedding_width(words as u64) as usize })
        };
        self.inputs.iter().zip(self.spans()).filter_map(code).collect()
    }

    /// Outputs of the model: 1 for regression and binary (a logit), else one a class.
    pub fn outputs(&self) -> usize {
        self.task.outputs(self.classes.len() as u64) as usize
    }

    pub fn task(&self) -> Task {
        self.task
    }

    pub fn target(&self) -> &str {
        &self.target
    }

    /// Labels in the order of the outputs (binary: the second is what the logit is for); empty for regression.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// Mean and standard deviation that turn an output back into units of the target; (0, 1) for classification.
    pub fn target_scale(&self) -> (f64, f64) {
        (self.target_mean, self.target_std)
    }

    /// The columns in the order of the model's inputs.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// What a form asks for.
    pub fn features(&self) -> Vec<Feature> {
        self.inputs
            .iter()
            .map(|input| match input {
                Input::Numeric { name, mean, min, max, integer, .. } => {
                    Feature::Numeric { name: name.clone(), min: *min, max: *max, mean: *mean, integer: *integer }
                }
                Input::Categorical { name, words } => {
                    Feature::Categorical { name: name.clone(), choices: words.list().to_vec() }
                }
                Input::Embedded { name, words } => Feature::Categorical {
                    name: name.clone(),
                    choices: words.list().iter().take(OFFERED).cloned().collect(),
                },
                Input::Text { name, vocabulary } => Feature::Text { name: name.clone(), max_tokens: vocabulary.length },
                Input::Image { name, size, channels, .. } => {
                    Feature::Image { name: name.clone(), size: *size, channels: *channels }
                }
            })
            .collect()
    }

    /// The inputs that each feature is encoded as, in the order of [`Encoder::features`]: itself, and its pieces.
    pub fn spans(&self) -> Vec<[Range<usize>; 2]> {
        let (mut offset, mut pieces) = (0, self.plain());
        let span = |input: &Input| {
            let from = (offset, pieces);
            (offset, pieces) = (offset + input.width(), pieces + input.pieces());
            [from.0..offset, from.1..pieces]
        };
        self.inputs.iter().map(span).collect()
    }

    /// Encodes rows of the table that the encoder was learned from (any split), or of one that passed [`Encoder::check`].
    pub fn encode(&self, table: &Table, rows: &[u32]) -> Encoded {
        let width = self.width();
        let mut x = vec![0.0_f32; rows.len() * width];
        let columns = table.by_name();
        let spans = self.spans();
        let sources: Vec<InputOf<'_>> = (self.inputs.iter().zip(&spans))
            .filter_map(|(input, span)| Some(InputOf::new(input, columns.get(input.name())?, span)))
            .collect();
        // A few rows at a time, so that their lines stay in the cache from one column to the next.
        let parts = rows.chunks(PART).zip(x.chunks_mut(PART * width.max(1))).collect();
        threads::each(parts, |(rows, x): (&[u32], &mut [f32])| {
            for (rows, x) in rows.chunks(BLOCK).zip(x.chunks_mut(BLOCK * width)) {
                for source in &sources {
                    source.encode(rows, x, width);
                }
            }
        });
        let y = match &table.target {
            Target::Classes { codes, names } => {
                // The table may be another than the one that taught the classes.
                let known: HashMap<&str, u32> = self.classes.iter().map(String::as_str).zip(0..).collect();
                let places: Vec<f32> =
                    names.iter().map(|name| known.get(name.as_str()).copied().unwrap_or_default() as f32).collect();
                rows.iter().map(|&row| places[codes[row as usize] as usize]).collect()
            }
            Target::Numbers(values) => {
                let scale =
                    |value: f64| deviations(value, self.target_mean, self.target_std).clamp(-FARTHEST, FARTHEST);
                rows.iter().map(|&row| scale(values[row as usize]) as f32).collect()
            }
        };
        Encoded { x, y }
    }

    /// Encodes rows that somebody sent, row-major. `name` names one by its position: what is wrong is added to `errors` under
    /// names such as `rows[3].petal_length`; the numbers then mean nothing. `pixels` of images may be decoded, and what is left
    /// is for the next rows.
    pub fn encode_rows(
        &self,
        rows: &[Row],
        name: &dyn Fn(usize) -> String,
        pixels: &mut u64,
        errors: &mut FieldErrors,
    ) -> Vec<f32> {
        let width = self.width();
        let mut x = vec![0.0_f32; rows.len() * width];
        let (spans, known) = (self.spans(), self.known());
        for (at, row) in rows.iter().enumerate() {
            if errors.len() >= MAX_ERRORS {
                break;
            }
            let field = |column: &str| format!("{}.{column}", name(at));
            let cells = &mut x[at * width..(at + 1) * width];
            for (input, span) in self.inputs.iter().zip(&spans) {
                let value = row.get(input.name()).unwrap_or(&Value::Null);
                if let Err(why) = input.encode_value(value, cells, span, pixels) {
                    errors.add(&field(input.name()), why);
                }
            }
            for unknown in row.keys().filter(|key| !known.contains(key.as_str())) {
                errors.add(&field(unknown), "The model does not know this column.");
            }
        }
        x
    }

    /// The columns that a row may have.
    fn known(&self) -> HashSet<&str> {
        let inputs = self.inputs.iter().map(Input::name);
        inputs.chain(self.ignored.iter().map(String::as_str)).chain([self.target.as_str()]).collect()
    }
}

impl Input {
    /// Of the column.
    pub fn name(&self) -> &str {
        match self {
            Self::Numeric { name, .. }
            | Self::Categorical { name, .. }
            | Self::Embedded { name, .. }
            | Self::Text { name, .. }
            | Self::Image { name, .. } => name,
        }
    }

    /// Inputs without pieces.
    fn width(&self) -> usize {
        match self {
            Self::Numeric { flag, .. } => 1 + usize::from(*flag),
            Self::Categorical { words, .. } => words.positions(),
            Self::Embedded { .. } => 1,
            Self::Text { vocabulary, .. } => vocabulary.length as usize,
            Self::Image { size, channels, .. } => (size * size * channels) as usize,
        }
    }

    /// Pieces of a number.
    fn pieces(&self) -> usize {
        match self {
            Self::Numeric { edges, .. } => edges.len().saturating_sub(1),
            _ => 0,
        }
    }

    /// Into those `cells` of a row that are this input's.
    fn encode_value(
        &self,
        value: &Value,
        cells: &mut [f32],
        span: &[Range<usize>; 2],
        pixels: &mut u64,
    ) -> Result<(), String> {
        let pieces = span[1].clone();
        match self {
            Self::Numeric { mean, std, min, max, flag, edges, .. } => {
                // Rounded as the table rounds, so that training and prediction see the same number.
                let value = deviations(f64::from(number_of(value)? as f32), *mean, *std);
                if value.abs() > FARTHEST {
                    return Err(format!("Is too far from what the model was trained on, which is {min} to {max}."));
                }
                put_number(value, *flag, &mut cells[span[0].clone()]);
                put_pieces(value, edges, &mut cells[pieces]);
            }
            Self::Categorical { words, .. } => {
                let position = words.position(word_of(value)?.as_deref());
                cells[span[0].start + position as usize] = 1.0;
            }
            Self::Embedded { words, .. } => {
                cells[span[0].start] = words.position(word_of(value)?.as_deref()) as f32;
            }
            Self::Text { vocabulary, .. } => {
                vocabulary.encode_text(word_of(value)?.as_deref().unwrap_or_default(), cells);
            }
            Self::Image { size, mean, std, .. } => images::put(&images::sent(value, *size, pixels)?, mean, std, cells),
        }
        Ok(())
    }
}

/// An input and the column of a table that it comes from.
struct InputOf<'a> {
    input: &'a Input,
    column: &'a Column,
    span: &'a [Range<usize>; 2],
    /// Where each word of the column, or token of its texts, is among those that the input knows.
    positions: Vec<u32>,
}

impl<'a> InputOf<'a> {
    fn new(input: &'a Input, column: &'a Column, span: &'a [Range<usize>; 2]) -> Self {
        let positions = match (input, column) {
            (
                Input::Categorical { words: known, .. } | Input::Embedded { words: known, .. },
                Column::Words { words, .. },
            ) => words.iter().map(|word| known.position(Some(word))).collect(),
            (Input::Text { vocabulary, .. }, Column::Texts(texts)) => vocabulary.positions_of(texts),
            _ => Vec::new(),
        };
        Self { input, column, span, positions }
    }

    /// Where the word of a row is among those that the input knows.
    fn position(&self, words: &Words, code: u32) -> u32 {
        self.positions.get(code as usize).copied().unwrap_or_else(|| words.position(None))
    }

    /// Into `x`, which is these rows, `width` numbers each.
    fn encode(&self, rows: &[u32], x: &mut [f32], width: usize) {
        let lines = rows.iter().map(|row| *row as usize).zip(x.chunks_exact_mut(width));
        match (self.input, self.column) {
            (Input::Numeric { mean, std, flag, edges, .. }, Column::Numbers(values)) => {
                for (row, cells) in lines {
                    let value = deviations(f64::from(values[row]), *mean, *std);
                    // A row to judge the model by may lie anywhere.
                    let value = value.clamp(-FARTHEST, FARTHEST);
                    put_number(value, *flag, &mut cells[self.span[0].clone()]);
                    put_pieces(value, edges, &mut cells[self.span[1].clone()]);
                }
            }
            (Input::Categorical { words, .. }, Column::Words { codes, .. }) => {
                for (row, cells) in lines {
                    cells[self.span[0].start + self.position(words, codes[row]) as usize] = 1.0;
                }
            }
            (Input::Embedded { words, .. }, Column::Words { codes, .. }) => {
                for (row, cells) in lines {
                    cells[self.span[0].start] = self.position(words, codes[row]) as f32;
                }
            }
            // The only column there is.
            (Input::Text { .. }, Column::Texts(texts)) => {
                lines.for_each(|(row, cells)| texts.encode(row, &self.positions, cells));
            }
            (Input::Image { mean, std, .. }, Column::Images(pictures)) => {
                lines.for_each(|(row, cells)| images::put(&pictures[row], mean, std, cells));
            }
            // No such table passes the check.
            _ => {}
        }
    }
}

/// The number that a value says; NaN is missing.
fn number_of(value: &Value) -> Result<f64, String> {
    match value {
        Value::Null => Ok(f64::NAN),
        Value::Bool(value) => Ok(f64::from(u8::from(*value))),
        Value::String(text) if cell::is_missing(text.trim()) => Ok(f64::NAN),
        Value::String(text) => cell::number(text.trim()).ok_or_else(|| {
            if cell::is_too_large(text.trim()) {
                cell::too_large(text.trim())
            } else {
                format!("\"{}\" is not a number.", short(text))
            }
        }),
        Value::Number(number) => {
            let value = number.as_f64().filter(|value| cell::fits(*value));
            value.ok_or_else(|| cell::too_large(&number.to_string()))
        }
        Value::Array(_) | Value::Object(_) => Err("Is a list or an object, not a number.".into()),
    }
}

/// The word or text that a value says; `None` is missing.
fn word_of(value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) if cell::is_missing(text.trim()) => Ok(None),
        Value::String(text) => Ok(Some(text.trim().to_owned())),
        Value::Number(number) => Ok(Some(number.to_string())),
        Value::Bool(value) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => Err("Is a list or an object, not a word.".into()),
    }
}

/// How many deviations a value is from the mean.
fn deviations(value: f64, mean: f64, std: f64) -> f64 {
    (value - mean) / std
}

/// NaN is missing: it becomes the mean, which is 0.
fn put_number(deviations: f64, flag: bool, cells: &mut [f32]) {
    if !deviations.is_nan() {
        cells[0] = deviations as f32;
    } else if flag {
        cells[1] = 1.0;
    }
}

/// How much of each piece between two edges a number has behind it: nothing below the piece, all above, and nothing of any when
/// it is missing. Gorishniy, Rubachev & Babenko 2022, arXiv:2203.05556.
fn put_pieces(deviations: f64, edges: &[f64], cells: &mut [f32]) {
    if deviations.is_nan() {
        return;
    }
    for (cell, edges) in cells.iter_mut().zip(edges.windows(2)) {
        *cell = ((deviations - edges[0]) / (edges[1] - edges[0])).clamp(0.0, 1.0) as f32;
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}
