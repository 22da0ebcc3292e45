//! A small language for lists of jobs: `status:running lr<0.01 -model:linear "two words"`. The server and the page read it
//! with the same lines, so that a row that arrives live is in the list exactly when the server would have put it there.
//!
//! A query is a row of terms with white space between them; a job has to match all. A term is a word, or a text in quotation
//! marks (`\"` and `\\` within), that is in the job's name, the name of its dataset or its target, or it is
//! `field operator value`, with or without spaces around the operator. A `-` before a term asks for jobs that do not match it.
//!
//! | operator | |
//! |---|---|
//! | `:` | contains, for texts (name, dataset, target, parameters); equals, for everything else |
//! | `=` | equals |
//! | `!=` | has a value, and another one |
//! | `<` `<=` `>` `>=` | for numbers, dates, ages and durations |
//!
//! | field | value |
//! |---|---|
//! | `name`, `dataset`, `target`, `model`, `tag` | a text |
//! | `task`, `status` | a known name; also `status:active` and `status:ended` |
//! | `experiment` | an id |
//! | `created`, `started`, `finished` | a date or an age |
//! | `duration` | seconds, or `90s`, `5m`, `2h`; of a job that has not ended, until now |
//! | `epoch`, `epochs`, `step`, `progress`, `loss` | a number; `progress` goes from 0 to 100 |
//! | any other | the metric of that very name, else the parameter, else the metric on test, validation or training rows |
//!
//! A date is the whole day, `2026-11-01`, or the whole minute, `2026-11-01T10:00`, in UTC: `created>2026-11-01` begins with
//! the second of November, `created>=2026-11-01` with the first. An age has the units `s`, `m`, `h`, `d` and `w`:
//! `created<7d` is less than seven days ago, `created>7d` longer ago.
//!
//! `a,b` means either, and after `!=` neither. Case never matters. A number may be `1e-3`, `.5` or `90%` (0.9; 90 for
//! `progress`). A job without the field does not match, whatever the operator; with a `-` before the term it does.

mod fields;
mod matching;
mod operator;
mod order;
mod parse;
mod scan;
mod values;

#[cfg(test)]
mod sample;

use super::{JobState, Task};
use crate::{ApiError, ExperimentId};

use fields::{MomentField, NumberField, TextField};
use operator::Operator;
use values::Moment;

pub use order::{SortValue, sort_value};

/// Which jobs a list shows. The empty query, the default, shows all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JobQuery {
    terms: Vec<Term>,
}

/// The part of a query that an index of the database can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain {
    /// A job has to be in one of these; set when there is exactly one status condition without a `-`.
    pub states: Option<Vec<JobState>>,
    /// In lower case; each has to be in the job's name, the name of its dataset or its target.
    pub words: Vec<String>,
    /// There is nothing else in the query: the database alone answers it.
    pub everything: bool,
}

/// What cannot be read in a query, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("At character {}: {message}", .at + 1)]
pub struct QueryError {
    /// The character, counted from 0.
    pub at: usize,
    /// A sentence.
    pub message: String,
}

impl From<QueryError> for ApiError {
    fn from(error: QueryError) -> Self {
        Self::field("query", error.to_string())
    }
}

#[derive(Clone, Debug, PartialEq)]
struct Term {
    /// There was a `-`.
    not: bool,
    condition: Condition,
}

#[derive(Clone, Debug, PartialEq)]
enum Condition {
    /// In lower case.
    Word(String),
    Field(Operator, Wanted),
}

/// A field and what it is compared with: several values only for operators that take a list. Texts are in lower case.
#[derive(Clone, Debug, PartialEq)]
enum Wanted {
    State(Vec<JobState>),
    Task(Vec<Task>),
    Experiment(Vec<ExperimentId>),
    Text(TextField, Vec<String>),
    Moment(MomentField, Vec<Moment>),
    Number(NumberField, Vec<f64>),
    /// A metric or a parameter.
    Named(String, Vec<Loose>),
}

/// A value for a field that may be a number in one job and a text in another.
#[derive(Clone, Debug, PartialEq)]
struct Loose {
    number: Option<f64>,
    text: String,
}

impl JobQuery {
    /// # Errors
    /// The first thing that cannot be read: a condition without a value, a value that its field cannot have, an unknown
    /// status or task, quotation marks that are not closed, more than 50 terms or 2,000 characters. A field that is not
    /// known is none, for it may be a metric.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let terms = scan::terms(text)?;
        Ok(Self { terms: terms.into_iter().map(parse::term).collect::<Result<_, _>>()? })
    }

    /// Every job matches.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// What an index of the database can do for it.
    pub fn plain(&self) -> Plain {
        let mut statuses = Vec::new();
        let mut words = Vec::new();
        let mut others = false;
        for term in &self.terms {
            match &term.condition {
                Condition::Word(word) if !term.not => words.push(word.clone()),
                Condition::Field(operator, Wanted::State(states)) if !term.not => statuses.push((*operator, states)),
                _ => others = true,
            }
        }
        let states = match statuses[..] {
            [(operator, wanted)] => {
                Some(JobState::ALL.into_iter().filter(|state| operator.picks(wanted, state)).collect())
            }
            _ => None,
        };
        Plain { states, words, everything: !others && statuses.len() <= 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::{JobQuery, Plain, sample, sort_value};
    use crate::{ApiError, ErrorCode, job::JobState};

    fn plain(text: &str) -> Plain {
        JobQuery::parse(text).unwrap().plain()
    }

    #[test]
    fn nothing_is_the_empty_query() {
        for text in ["", "  ", "\n\t"] {
            let query = JobQuery::parse(text).unwrap();
            assert!(query.is_empty() && query == JobQuery::default(), "{text:?}");
            assert_eq!(query.plain(), Plain { states: None, words: vec![], everything: true });
        }
        assert!(!JobQuery::parse("a").unwrap().is_empty());
    }

    #[test]
    fn the_database_answers_one_status_and_words() {
        use JobState::{Completed, Failed, Loading, Queued, Running, Starting, Stopped};
        type Case<'a> = (&'a str, Option<&'a [JobState]>, &'a [&'a str], bool);
        let cases: &[Case<'_>] = &[
            ("Iris \"Two Words\"", None, &["iris", "two words"], true),
            ("status:Running", Some(&[Running]), &[], true),
            ("state=failed,running,failed", Some(&[Running, Failed]), &[], true),
            ("status:active iris", Some(&[Queued, Starting, Loading, Running]), &["iris"], true),
            ("status:ended", Some(&[Completed, Failed, Stopped]), &[], true),
            ("status!=active,failed", Some(&[Completed, Stopped]), &[], true),
            ("status:running -iris", Some(&[Running]), &[], false),
            ("status:ended -status:failed wine", Some(&[Completed, Failed, Stopped]), &["wine"], false),
            ("status:ended status:failed wine", None, &["wine"], false),
            ("-status:failed", None, &[], false),
            ("iris lr<0.01", None, &["iris"], false),
        ];
        for &(text, states, words, everything) in cases {
            let found = plain(text);
            assert_eq!(found.states.as_deref(), states, "{text}");
            assert_eq!((found.words, found.everything), (words.iter().map(ToString::to_string).collect(), everything));
        }
    }

    #[test]
    fn an_error_names_its_place_counted_from_one() {
        let error = JobQuery::parse("é lr<").unwrap_err();
        assert_eq!(error.at, 4);
        let error = ApiError::from(error);
        assert_eq!(error.code, ErrorCode::ValidationFailed);
        assert_eq!(error.fields["query"], "At character 5: \"lr<\" needs a number after it.");
    }

    /// Any text is read or refused at a place within it, and what is read can be asked of a job.
    #[test]
    fn nothing_that_is_typed_makes_it_panic() {
        const PIECES: [&str; 32] = [
            "-",
            " ",
            "\"",
            "\\",
            ":",
            "=",
            "!=",
            "<",
            ">=",
            ",",
            "%",
            "é",
            "İ",
            "ß",
            "\u{202e}",
            "🦀",
            "\n",
            "status",
            "running",
            "active",
            "created",
            "2026-11-01",
            "T10:00",
            "7d",
            "duration",
            "1e308",
            "w",
            "lr",
            "tag",
            "nan",
            "experiment",
            "Σ",
        ];
        // Knuth's constants; the upper bits are the ones that look like chance.
        let mut state = 1_u64;
        let mut next = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let job = sample::job();
        let mut read = 0;
        for round in 0..10_000 {
            let length = next(40);
            let text = match round % 3 {
                0 => String::from_utf8_lossy(&(0..length).map(|_| next(256) as u8).collect::<Vec<_>>()).into_owned(),
                1 => (0..length).filter_map(|_| char::from_u32(next(0x11_0000) as u32)).collect(),
                _ => (0..length % 12).map(|_| PIECES[next(PIECES.len())]).collect::<String>(),
            };
            match JobQuery::parse(&text) {
                Ok(query) => {
                    read += 1;
                    query.matches(&job, sample::now());
                    assert!(query.plain().words.len() <= 50);
                }
                Err(error) => {
                    assert!(error.at < text.chars().count() && error.message.ends_with(['.', '?']), "{error}");
                }
            }
            let _ = sort_value(&job, &text);
        }
        assert!(read > 2_000, "only {read} were read");
    }
}
