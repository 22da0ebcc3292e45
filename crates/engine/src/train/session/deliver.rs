//! The end of a job: the best epoch judged on rows that nothing looked at before, and the model on disk.

use domain::{
    job::Split,
    model::{Evaluation, ModelInfo},
    wire::trainer::Finished,
};

use super::{Session, Sink};
use crate::{
    Error, evaluate,
    export::{self, Export},
    weights,
};

impl Session<'_> {
    /// Judges the best epoch on the untouched test rows, and writes the model.
    pub(in crate::train) fn deliver(&mut self, sink: &mut dyn Sink) -> Result<Finished, Error> {
        let told = self.ask(&self.best, &self.data.test)?;
        let (metrics, confusion) = evaluate::evaluate(&told, &self.scale);
        let baseline = evaluate::baseline(&self.data.train.y, &told.y, &self.scale);
        for name in ["loss", self.spec.task.headline_metric()] {
            if let Some(value) = metrics.get(name).filter(|value| value.is_finite()) {
                self.report.measure(name, Split::Test, &self.counters, *value);
            }
        }
        self.report.send(&self.counters, sink)?;
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
        let export = Export { start: self.start, weights: &self.best, encoder, info };
        self.fault.before_model()?;
        let delivery = export::write(export, summary)?;
        self.fault.after_model();
        Ok(Finished::Completed(Box::new(delivery)))
    }
}
