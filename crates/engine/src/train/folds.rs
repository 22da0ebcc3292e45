//! Cross-validation: as many models as there are folds, each trained as the job's own and judged on the rows of its fold. They
//! leave no files, and look at none; an interruption begins with the first again.

use std::{collections::BTreeMap, sync::atomic::AtomicBool};

use dataset::folds;
use domain::{
    job::LogLevel,
    report::{CrossValidation, FoldMetric},
    wire::trainer::{Frame, Progress, Start},
};

use super::{
    Sink,
    data::{self, Data},
    report,
    session::Session,
};
use crate::{Error, evaluate::Metrics, fault::Fault};

/// Says where the job stands while its folds are trained: all else that they say is theirs.
struct Quiet<'a> {
    sink: &'a mut dyn Sink,
    standing: Progress,
}

impl Sink for Quiet<'_> {
    fn emit(&mut self, frame: Frame) -> Result<(), Error> {
        match frame {
            Frame::Progress(_) => {
                let at = Some(report::now());
                self.sink.emit(Frame::Progress(Box::new(Progress { at, ..self.standing.clone() })))
            }
            _ => Ok(()),
        }
    }
}

/// `None` where nobody asked for it, or it was stopped, or went wrong, which the log says: the job's own model is there all the same.
///
/// # Errors
/// Only `AgentGone`.
pub(super) fn cross_validate(
    start: &Start,
    standing: Progress,
    sink: &mut dyn Sink,
    stop: &AtomicBool,
) -> Result<Option<CrossValidation>, Error> {
    let Some(count) = start.spec.folds else { return Ok(None) };
    let why = match all_folds(start, count, standing, sink, stop) {
        Ok(Some(found)) => return Ok(Some(found)),
        Ok(None) => "it was stopped".to_owned(),
        Err(Error::AgentGone) => return Err(Error::AgentGone),
        Err(error) => error.to_string().trim_end_matches('.').to_owned(),
    };
    let text = format!("There is no cross-validation: {why}. The model is what it would be without.");
    sink.emit(Frame::Log { level: LogLevel::Warning, text })?;
    Ok(None)
}

/// `None` when it was stopped.
fn all_folds(
    start: &Start,
    count: u32,
    standing: Progress,
    sink: &mut dyn Sink,
    stop: &AtomicBool,
) -> Result<Option<CrossValidation>, Error> {
    let say = |sink: &mut dyn Sink, text: String| sink.emit(Frame::Log { level: LogLevel::Info, text });
    say(
        sink,
        format!("Cross-validation: {count} more models, each judged on a part of the rows that it does not see."),
    )?;
    // From the first step, whatever the job itself went on from.
    let start = Start { checkpoints: Vec::new(), checkpoint_seconds: 0, ..start.clone() };
    let table = data::table(&start, &mut Quiet { sink, standing: standing.clone() })?;
    let mut all: Vec<Metrics> = Vec::new();
    for (at, parts) in folds(&table, &start.spec, count)?.iter().enumerate() {
        let data = Data::of(&table, parts, &start)?;
        let mut quiet = Quiet { sink, standing: standing.clone() };
        let mut session = Session::open(&start, data, Fault::default(), &mut quiet)?;
        session.leave_no_files();
        session.set_out(&mut quiet)?;
        while !session.is_done() {
            if !session.epoch(&mut quiet, stop)? {
                return Ok(None);
            }
        }
        let metrics = session.judge_best(&mut quiet)?;
        let name = start.spec.task.headline_metric();
        let told = metrics.get(name).map_or_else(|| "nothing".to_owned(), |value| format!("{value:.4}"));
        say(sink, format!("Fold {} of {count}: {name} {told} on {} rows.", at + 1, parts.test.len()))?;
        all.push(metrics);
    }
    Ok(Some(CrossValidation { folds: count, metrics: together(&all) }))
}

/// Metrics that all folds have.
fn together(folds: &[Metrics]) -> BTreeMap<String, FoldMetric> {
    let names = folds.first().map(|metrics| metrics.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let of = |name: String| {
        let values: Vec<f64> = folds.iter().map(|metrics| metrics.get(&name).copied()).collect::<Option<_>>()?;
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        Some((name, FoldMetric { mean, std: (squares / (count - 1.0).max(1.0)).sqrt(), values }))
    };
    names.into_iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::together;

    #[test]
    fn only_what_every_fold_has_is_summed_up() {
        let fold = |pairs: &[(&str, f64)]| pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let found = together(&[fold(&[("accuracy", 0.5), ("roc_auc", 1.0)]), fold(&[("accuracy", 0.7)])]);
        assert_eq!(found.keys().collect::<Vec<_>>(), ["accuracy"]);
        let accuracy = &found["accuracy"];
        assert!((accuracy.mean - 0.6).abs() < 1e-12 && (accuracy.std - 0.02_f64.sqrt()).abs() < 1e-12, "{accuracy:?}");
    }
}
