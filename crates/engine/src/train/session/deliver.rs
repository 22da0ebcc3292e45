//! The end of a job: the best epoch judged on rows that nothing looked at before, and the model on disk.

use dataset::Encoded;
use domain::{
    job::{LogLevel, Split},
    model::{Evaluation, ModelInfo},
    report::{CrossValidation, Report},
    wire::trainer::{Finished, Frame},
};

use super::{Session, Sink};
use crate::{
    Error,
    evaluate::{self, Column, Judged, Metrics, Outputs},
    export::{self, Export},
    weights,
};

impl Session<'_> {
    /// Judges the best epoch on the untouched test rows, and writes the model.
    pub(in crate::train) fn deliver(
        &mut self,
        cross_validation: Option<CrossValidation>,
        sink: &mut dyn Sink,
    ) -> Result<Finished, Error> {
        self.choose_members(sink)?;
        let told = self.ask(&self.best, &self.data.test)?;
        let (metrics, confusion) = evaluate::evaluate(&told, &self.scale);
        let baseline = evaluate::baseline(&self.data.train.y, &told.y, &self.scale);
        for name in ["loss", self.spec.task.headline_metric()] {
            if let Some(value) = metrics.get(name).filter(|value| value.is_finite()) {
                self.report.measure(name, Split::Test, &self.counters, *value);
            }
        }
        self.report.send(&self.counters, sink)?;
        let report = Report { cross_validation, ..self.judge(&told, sink)? };
        let (done, best) = (self.counters.epoch, self.counters.best_epoch);
        let summary = if self.is_out_of_patience() && done < self.spec.epochs {
            let waited = self.counters.epochs_without_improvement();
            format!("No improvement for {waited} epochs; kept epoch {best} of {done}.")
        } else {
            format!("All {done} epochs done; kept epoch {best}.")
        };
        let encoder = &self.data.encoder;
        let info = ModelInfo {
            task: self.spec.task,
            target: self.spec.target.clone(),
            features: encoder.features(),
            classes: encoder.classes().to_vec(),
            architecture: self.spec.model.clone(),
            device: self.spec.device,
            parameters: weights::count(&self.best),
            evaluation: Evaluation {
                train_rows: self.data.train.y.len() as u64,
                validation_rows: self.data.validation.y.len() as u64,
                test_rows: told.y.len() as u64,
                best_epoch: best,
                metrics,
                baseline,
                confusion,
            },
        };
        let export = Export { start: self.start, weights: &self.best, encoder, info, report: &report };
        self.fault.before_model()?;
        let delivery = export::write(export, summary)?;
        self.fault.after_model();
        Ok(Finished::Completed(Box::new(delivery)))
    }

    /// The metrics of the best epoch on the test rows.
    pub(in crate::train) fn judge_best(&mut self, sink: &mut dyn Sink) -> Result<Metrics, Error> {
        self.choose_members(sink)?;
        Ok(evaluate::evaluate(&self.ask(&self.best, &self.data.test)?, &self.scale).0)
    }

    /// What the test rows say of the best epoch beyond the metrics. Where not all rows were used, the log says so.
    fn judge(&self, told: &Outputs, sink: &mut dyn Sink) -> Result<Report, Error> {
        let mut say = |text: String| sink.emit(Frame::Log { level: LogLevel::Info, text });
        let (encoder, seed, rows) = (&self.data.encoder, self.spec.seed, told.y.len() as u64);
        let mean = encoder.target_scale().0;
        let Judged { intervals, bootstrap, findings } =
            evaluate::report(told, &self.scale, encoder.classes(), mean, seed);
        if bootstrap.rows < rows {
            let used = bootstrap.rows;
            say(format!("The intervals come from {used} of the {rows} test rows, drawn by the seed, and are scaled."))?;
        }
        if !self.spec.task.is_table() {
            // There is one feature, and without it there is nothing.
            return Ok(Report { intervals, bootstrap, importance: None, cross_validation: None, findings });
        }
        let columns: Vec<Column> = encoder
            .features()
            .iter()
            .zip(encoder.spans())
            .map(|(feature, inputs)| Column { name: feature.name().to_owned(), inputs })
            .collect();
        let ask = |rows: &Encoded| self.ask(&self.best, rows);
        let parameters = weights::count(&self.best);
        let importance = evaluate::importance(&self.data.test, &columns, &self.scale, seed, parameters, ask)?;
        match &importance {
            Some(found) if found.rows < rows => {
                let used = found.rows;
                say(format!(
                    "What each feature is worth was measured on {used} of the {rows} test rows, drawn by the seed."
                ))?;
            }
            Some(_) => {}
            None => {
                say("What each feature is worth was not measured: with so many features and parameters it would take too \
                     long."
                    .to_owned())?;
            }
        }
        Ok(Report { intervals, bootstrap, importance, cross_validation: None, findings })
    }
}
