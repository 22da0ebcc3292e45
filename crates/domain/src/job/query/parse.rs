//! The second half of reading a query: what was written about a field becomes values that the field can have.

use super::{
    Condition, Loose, QueryError, Term, Wanted,
    fields::{Field, NumberField, near},
    operator::Operator,
    scan::{Body, Comparison, Value, Written},
    values::{Moment, duration, is_infinite_or_nan, moment, number, out_of_100},
};
use crate::{
    ExperimentId,
    job::{JobState, Task},
};

const TASKS: [Task; 5] =
    [Task::Regression, Task::Binary, Task::Multiclass, Task::TextClassification, Task::ImageClassification];

/// What each kind of field wants.
const NUMBER: &str = "a number";
const DATE: &str = "a date such as 2026-11-01 or an age such as 7d";
const DURATION: &str = "seconds or a duration such as 5m";
const EXPERIMENT: &str = "the id of an experiment";

/// # Errors
/// There is no value, or one that the field cannot have.
pub(super) fn term(written: Written) -> Result<Term, QueryError> {
    let condition = match written.body {
        Body::Word(word) => Condition::Word(word.to_lowercase()),
        Body::Field(comparison) => comparison.condition()?,
    };
    Ok(Term { not: written.not, condition })
}

impl Comparison {
    fn condition(&self) -> Result<Condition, QueryError> {
        let name = self.field.to_lowercase();
        let field = Field::called(&name);
        if self.operator.is_order() {
            self.check_order(field)?;
        }
        let (wanted, exact) = match field {
            Some(Field::State) => (Wanted::State(self.states()?), true),
            Some(Field::Task) => (Wanted::Task(self.tasks()?), true),
            Some(Field::Experiment) => {
                (Wanted::Experiment(self.read(EXPERIMENT, |text| text.parse::<ExperimentId>().ok())?), true)
            }
            Some(Field::Text(field)) => {
                (Wanted::Text(field, self.read("a value", |text| Some(text.to_lowercase()))?), field.is_exact())
            }
            Some(Field::Moment(field)) => (Wanted::Moment(field, self.moments()?), true),
            Some(Field::Number(field)) => {
                let values = match field {
                    NumberField::Duration => self.read(DURATION, duration)?,
                    NumberField::Progress => self.read(NUMBER, out_of_100)?,
                    _ => self.read(NUMBER, number)?,
                };
                (Wanted::Number(field, values), true)
            }
            None => (Wanted::Named(name, self.loose()?), false),
        };
        let operator = match self.operator {
            Operator::Contains if exact => Operator::Equal,
            operator => operator,
        };
        Ok(Condition::Field(operator, wanted))
    }

    /// What `<` and its like cannot be asked of.
    fn check_order(&self, field: Option<Field>) -> Result<(), QueryError> {
        let ordered = matches!(field, None | Some(Field::Moment(_) | Field::Number(_)));
        if !ordered {
            return Err(error(
                self.at,
                format!("\"{}\" has no order; use \":\", \"=\" or \"!=\".", shown(&self.field)),
            ));
        }
        match self.values.get(1) {
            Some(second) => Err(error(second.at, format!("\"{}\" takes one value, not a list.", self.label()))),
            None => Ok(()),
        }
    }

    /// Every value as `read` reads it. `what` is what it reads.
    fn read<T>(&self, what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, QueryError> {
        self.require_value(what)?;
        let read = |value: &Value| read(&value.text).ok_or_else(|| self.refusal(value, what));
        self.values.iter().map(read).collect()
    }

    fn require_value(&self, what: &str) -> Result<(), QueryError> {
        if self.values.is_empty() {
            return Err(error(self.at, format!("\"{}\" needs {what} after it.", self.label())));
        }
        Ok(())
    }

    fn refusal(&self, value: &Value, what: &str) -> QueryError {
        let message = format!("\"{}\" needs {what} after it, not \"{}\".", self.label(), shown(&value.text));
        error(value.at, message)
    }

    fn states(&self) -> Result<Vec<JobState>, QueryError> {
        self.require_value("a status")?;
        let mut states = Vec::new();
        for Value { at, text, .. } in &self.values {
            let name = text.to_lowercase();
            let before = states.len();
            states.extend(JobState::ALL.into_iter().filter(|state| match name.as_str() {
                "active" => !state.is_terminal(),
                "ended" => state.is_terminal(),
                name => state.as_str().eq_ignore_ascii_case(name),
            }));
            if states.len() == before {
                let known = JobState::ALL.map(JobState::as_str).join(", ").to_lowercase();
                let message = format!("\"{}\" is not a status: {known}, or active or ended.", shown(text));
                return Err(error(*at, message));
            }
        }
        Ok(states)
    }

    fn tasks(&self) -> Result<Vec<Task>, QueryError> {
        self.require_value("a task")?;
        let task = |Value { at, text, .. }: &Value| {
            TASKS.into_iter().find(|task| task.as_str().eq_ignore_ascii_case(text)).ok_or_else(|| {
                let known = TASKS.map(Task::as_str).join(", ");
                error(*at, format!("\"{}\" is not a task: {known}.", shown(text)))
            })
        };
        self.values.iter().map(task).collect()
    }

    fn moments(&self) -> Result<Vec<Moment>, QueryError> {
        let moments = self.read(DATE, moment)?;
        // No job is exactly seven days old.
        let age = moments.iter().zip(&self.values).find(|(moment, _)| matches!(moment, Moment::Age(_)));
        match age {
            Some((_, value)) if !self.operator.is_order() => {
                let (field, age) = (shown(&self.field), shown(&value.text));
                Err(error(self.at, format!("An age needs \"<\" or \">\" before it: {field}<{age}, {field}>{age}.")))
            }
            _ => Ok(moments),
        }
    }

    /// Values for what may be a metric or a parameter.
    fn loose(&self) -> Result<Vec<Loose>, QueryError> {
        let order = self.operator.is_order();
        self.require_value(if order { NUMBER } else { "a value" })?;
        let loose = |value: &Value| {
            let number = number(&value.text);
            if number.is_none() && (order || (!value.quoted && is_infinite_or_nan(&value.text))) {
                let mut refusal = self.refusal(value, NUMBER);
                if let Some(near) = near(&self.field.to_lowercase()) {
                    refusal.message.push_str(&format!(" Did you mean \"{near}\"?"));
                }
                return Err(refusal);
            }
            Ok(Loose { number, text: value.text.to_lowercase() })
        };
        self.values.iter().map(loose).collect()
    }

    /// `lr<`
    fn label(&self) -> String {
        format!("{}{}", shown(&self.field), self.operator.symbol())
    }
}

fn error(at: usize, message: String) -> QueryError {
    QueryError { at, message }
}

/// What was written, cut to what fits into a sentence.
fn shown(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::job::JobQuery;

    #[test]
    fn what_a_field_cannot_be_is_told_with_its_place() {
        let statuses = "queued, starting, loading, running, completed, failed, stopped, or active or ended.";
        let runing = format!("At character 8: \"runing\" is not a status: {statuses}");
        let long = format!("At character 4: \"lr<\" needs a number after it, not \"{}…\".", "x".repeat(40));
        let cases = [
            ("lr<", "At character 3: \"lr<\" needs a number after it."),
            ("a LR  >= ", "At character 7: \"LR>=\" needs a number after it."),
            ("lr<abc", "At character 4: \"lr<\" needs a number after it, not \"abc\"."),
            ("lr<nan", "At character 4: \"lr<\" needs a number after it, not \"nan\"."),
            ("lr=-inf", "At character 4: \"lr=\" needs a number after it, not \"-inf\"."),
            ("lr:1,1e999", "At character 6: \"lr:\" needs a number after it, not \"1e999\"."),
            ("lr<1,2", "At character 6: \"lr<\" takes one value, not a list."),
            (&format!("lr<{}", "x".repeat(99)), &long),
            ("optimizer:", "At character 10: \"optimizer:\" needs a value after it."),
            ("epoch:two", "At character 7: \"epoch:\" needs a number after it, not \"two\"."),
            ("progress>all", "At character 10: \"progress>\" needs a number after it, not \"all\"."),
            ("name:", "At character 5: \"name:\" needs a value after it."),
            ("name<3", "At character 5: \"name\" has no order; use \":\", \"=\" or \"!=\"."),
            ("status>running", "At character 7: \"status\" has no order; use \":\", \"=\" or \"!=\"."),
            ("status:", "At character 7: \"status:\" needs a status after it."),
            ("status:runing", &runing),
            (
                "x task:binary,Text",
                "At character 15: \"Text\" is not a task: regression, binary, multiclass, text_classification, \
                 image_classification.",
            ),
            (
                "experiment:first",
                "At character 12: \"experiment:\" needs the id of an experiment after it, not \"first\".",
            ),
            (
                "created>7",
                "At character 9: \"created>\" needs a date such as 2026-11-01 or an age such as 7d after it, not \"7\".",
            ),
            ("created:7d", "At character 8: An age needs \"<\" or \">\" before it: created<7d, created>7d."),
            (
                "duration>long",
                "At character 10: \"duration>\" needs seconds or a duration such as 5m after it, not \"long\".",
            ),
            (
                "craeted>2026-11-01",
                "At character 9: \"craeted>\" needs a number after it, not \"2026-11-01\". Did you mean \"created\"?",
            ),
            ("é\" ", "At character 2: Put a space before this quotation mark."),
        ];
        for (text, expected) in cases {
            assert_eq!(JobQuery::parse(text).unwrap_err().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_unknown_field_is_no_error() {
        for text in ["anything:7", "anything<7", "anything=x,y", "activation:\"nan\"", "created_by!=me"] {
            assert!(JobQuery::parse(text).is_ok(), "{text}");
        }
    }
}
