//! A whole file through a model, in pieces that a server takes: cells in, the same cells with the answers beside them out.

use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write},
    path::Path,
};

use csv::StringRecord;
use dataset::{RowReader, Source};
use domain::model::{MAX_PREDICT_ROWS, Prediction, Row};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    connection::{Connection, ServerFlags},
    failure::Failure,
    find,
    local::Model,
    new_file::NewFile,
    terminal,
    upload::LocalFile,
    visible::{self, visible},
};

/// Probabilities in one answer.
const MOST_ANSWERS: usize = 1_000_000;
/// Bytes of one request, well below what a server reads of one.
const BATCH_BYTES: usize = 8 << 20;

/// Who is asked.
enum Asked {
    Server { connection: Connection, path: String },
    Folder(Box<Model>),
}

/// `named` is a folder with a model, or the id or name of one of the server. Gives how many rows were predicted.
pub fn predict(flags: &ServerFlags, named: &str, data: &Path, out: Option<&Path>) -> Result<u64, Failure> {
    let (asked, classes) = asked(flags, named)?;
    let mut rows = open(data)?;
    let mut batch = Batch::of(classes);
    let mut answers = Answers::open(out, flags.json)?;
    answers.begin(rows.columns(), classes > 0)?;
    let mut cells = StringRecord::new();
    let mut done = 0;
    loop {
        let line = rows.next(&mut cells)?;
        if let Some(line) = line {
            batch.add(line, rows.row(&cells, |_| true), &cells);
        }
        if batch.rows.is_empty() || (line.is_some() && !batch.is_full()) {
            if line.is_none() {
                break;
            }
            continue;
        }
        let predictions = asked.ask(&batch)?;
        done += batch.rows.len() as u64;
        for ((line, cells), prediction) in batch.lines.iter().zip(&predictions) {
            answers.add(*line, cells, prediction)?;
        }
        batch = Batch::of(classes);
    }
    answers.finish()?;
    Ok(done)
}

fn asked(flags: &ServerFlags, named: &str) -> Result<(Asked, usize), Failure> {
    let folder = Path::new(named);
    if Model::is_in(folder) {
        let model = Model::load(folder)?;
        let classes = model.info.classes.len();
        return Ok((Asked::Folder(Box::new(model)), classes));
    }
    if folder.is_dir() {
        return Err(Failure::refused(format!(
            "The folder {} has no model.json, so there is no model in it.",
            folder.display()
        )));
    }
    let connection = Connection::open(flags)?;
    let model = find::model(&connection, named)?;
    let path = format!("/api/models/{}/predict", model.id);
    Ok((Asked::Server { connection, path }, model.info.classes.len()))
}

/// The rows of a file as a table is read, or of CSV on standard input.
fn open(data: &Path) -> Result<RowReader, Failure> {
    if data == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(Failure::file("read", Path::new("standard input")))?;
        return Ok(RowReader::new(bytes)?);
    }
    let (format, gzip) = LocalFile::kind(&mut File::open(data).map_err(Failure::file("read", data))?, data)?;
    Ok(RowReader::open(&Source { path: data.to_owned(), format, gzip })?)
}

/// Rows that are asked about together.
struct Batch {
    most: usize,
    bytes: usize,
    rows: Vec<Row>,
    /// Where each of them stands, and its cells.
    lines: Vec<(u64, StringRecord)>,
}

impl Batch {
    fn of(classes: usize) -> Self {
        let most = MAX_PREDICT_ROWS.min(MOST_ANSWERS / classes.max(1));
        Self { most, bytes: 0, rows: Vec::new(), lines: Vec::new() }
    }

    fn add(&mut self, line: u64, row: Row, cells: &StringRecord) {
        // Names, quotes and escapes; what is counted too much makes a request smaller.
        self.bytes +=
            row.iter().map(|(name, value)| name.len() + value.as_str().map_or(4, str::len) * 2 + 8).sum::<usize>();
        self.rows.push(row);
        self.lines.push((line, cells.clone()));
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= self.most || self.bytes >= BATCH_BYTES
    }

    /// A refusal that names lines of the file instead of places in a request.
    fn explain(&self, refused: Failure) -> Failure {
        let wrong: Vec<String> = refused
            .fields
            .iter()
            .filter_map(|(field, why)| {
                let (at, column) = field.strip_prefix("rows[")?.split_once(']')?;
                let (line, _) = self.lines.get(at.parse::<usize>().ok()?)?;
                let column = column.trim_start_matches('.');
                let column = if column.is_empty() { String::new() } else { format!(", column {column}") };
                Some(format!("Line {line}{column}: {why}"))
            })
            .collect();
        if wrong.is_empty() { refused } else { refused.saying(wrong.join(" ")) }
    }
}

#[derive(Deserialize)]
struct Told {
    predictions: Vec<Prediction>,
}

impl Asked {
    fn ask(&self, batch: &Batch) -> Result<Vec<Prediction>, Failure> {
        let told = match self {
            Self::Folder(model) => model.predict(&batch.rows),
            Self::Server { connection, path } => serde_json::to_vec(&json!({"rows": batch.rows}))
                .map_err(|error| Failure::refused(format!("The rows cannot be sent: {error}.")))
                .and_then(|body| connection.post_bytes::<Told>(path, body))
                .map(|told| told.predictions),
        };
        let told = told.map_err(|refused| batch.explain(refused))?;
        if told.len() == batch.rows.len() {
            return Ok(told);
        }
        Err(Failure::refused(format!("{} rows were asked about, {} were answered.", batch.rows.len(), told.len())))
    }
}

/// Where the answers go: CSV or JSON lines, to standard output or into a file that appears when it is whole.
struct Answers {
    to: To,
    as_json: bool,
    /// Other people's words go to a terminal.
    shown: bool,
}

enum To {
    Stdout(io::BufWriter<io::Stdout>),
    File(io::BufWriter<NewFile>),
}

impl Answers {
    fn open(out: Option<&Path>, as_json: bool) -> Result<Self, Failure> {
        let to = match out {
            Some(path) => To::File(io::BufWriter::new(NewFile::create(path)?)),
            None => To::Stdout(io::BufWriter::new(io::stdout())),
        };
        Ok(Self { shown: matches!(to, To::Stdout(_)) && io::stdout().is_terminal(), to, as_json })
    }

    fn begin(&mut self, columns: &[String], classes: bool) -> Result<(), Failure> {
        if self.as_json {
            return Ok(());
        }
        let mut header = columns.to_vec();
        for name in ["prediction", "probability"].into_iter().take(1 + usize::from(classes)) {
            header.push(free_name(name, columns));
        }
        self.record(header.iter().map(String::as_str))
    }

    fn add(&mut self, line: u64, cells: &StringRecord, prediction: &Prediction) -> Result<(), Failure> {
        if self.as_json {
            let mut document = match prediction {
                Prediction::Value { value } => json!({"prediction": value}),
                Prediction::Label { label, probabilities } => {
                    json!({"prediction": label, "probabilities": probabilities})
                }
            };
            document["line"] = Value::from(line);
            let text = visible::json(&document);
            return self
                .to
                .write_all(text.as_bytes())
                .and_then(|()| self.to.write_all(b"\n"))
                .map_err(terminal::unheard);
        }
        match prediction {
            Prediction::Value { value } => self.record(cells.iter().chain([value.to_string().as_str()])),
            Prediction::Label { label, probabilities } => {
                let probability = probabilities.get(label).copied().unwrap_or_default().to_string();
                self.record(cells.iter().chain([label.as_str(), &probability]))
            }
        }
    }

    fn record<'a>(&mut self, cells: impl Iterator<Item = &'a str>) -> Result<(), Failure> {
        let mut line = csv::Writer::from_writer(Vec::new());
        let written = if self.shown {
            line.write_record(cells.map(|cell| visible(cell).into_owned()))
        } else {
            line.write_record(cells)
        };
        let failed = |why: String| Failure::refused(format!("A row could not be written: {why}."));
        written.map_err(|error| failed(error.to_string()))?;
        let line = line.into_inner().map_err(|error| failed(error.to_string()))?;
        self.to.write_all(&line).map_err(terminal::unheard)
    }

    fn finish(self) -> Result<(), Failure> {
        match self.to {
            To::Stdout(mut out) => out.flush().map_err(terminal::unheard),
            To::File(out) => {
                let file = out.into_inner().map_err(|error| terminal::unheard(error.into_error()))?;
                file.keep()
            }
        }
    }
}

impl Write for To {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(out) => out.flush(),
        }
    }
}

/// A name that no column has yet.
fn free_name(name: &str, columns: &[String]) -> String {
    let mut free = name.to_owned();
    while columns.contains(&free) {
        free.push('_');
    }
    free
}

#[cfg(test)]
mod tests {
    use csv::StringRecord;
    use domain::{ApiError, model::Row};

    use super::{Batch, Failure, MAX_PREDICT_ROWS, free_name};

    #[test]
    fn batches_are_as_large_as_a_server_takes() {
        assert_eq!(Batch::of(0).most, MAX_PREDICT_ROWS);
        assert_eq!(Batch::of(1_000).most, 1_000);
        let mut batch = Batch::of(2);
        let row = Row::from_iter([("text".to_owned(), "x".repeat(1 << 20).into())]);
        (0..4).for_each(|line| batch.add(line, row.clone(), &StringRecord::new()));
        assert!(batch.is_full(), "four rows of a megabyte");
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let mut batch = Batch::of(0);
        batch.add(2, Row::new(), &StringRecord::new());
        batch.add(5, Row::new(), &StringRecord::new());
        let told = batch.explain(ApiError::field("rows[1].age", "Must be a number.").into());
        assert_eq!(told.sentence(), "Line 5, column age: Must be a number.");
        let other: Failure = ApiError::field("rows", "Too many.").into();
        assert_eq!(batch.explain(other).sentence(), "rows: Too many.");
        assert_eq!(free_name("prediction", &["prediction".into(), "prediction_".into()]), "prediction__");
    }
}
