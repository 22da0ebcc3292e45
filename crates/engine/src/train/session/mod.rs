//! One attempt at a job: its model, its data, and where it stands.

mod checkpoints;
mod deliver;
mod members;

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use dataset::Encoded;
use domain::{
    job::{InputShape, JobSpec, LogLevel, LrSchedule, ModelSpec, Split},
    wire::trainer::{Frame, Progress, Start},
};

use super::{
    Sink,
    augment::Augment,
    data::{Data, gather, order},
    rate,
    report::Report,
};
use crate::{
    Error,
    checkpoint::{Counters, Schedule, Store},
    evaluate::{self, Outputs, Scale},
    fault::Fault,
    model::{DropoutAt, Model},
    objective::Objective,
    optimizer::Optimizer,
    passes::{Batch, Passes},
    weights::{self, Weights, from_bytes},
};

/// Points of one curve, about: a longer training measures more rarely.
const POINTS: u64 = 5_000;
/// Training losses within one epoch, at most.
const WINDOWS: u64 = 50;

pub(super) struct Session<'a> {
    start: &'a Start,
    spec: &'a JobSpec,
    data: Data,
    /// Inputs of the model.
    width: usize,
    scale: Scale,
    augment: Option<Augment>,
    passes: Passes,
    batch: Batch,
    weights: Weights,
    best: Weights,
    optimizer: Optimizer,
    counters: Counters,
    store: Store,
    schedule: Schedule,
    report: Report,
    steps_per_epoch: u64,
    fault: Fault,
    leaves_files: bool,
}

impl<'a> Session<'a> {
    /// Makes the model.
    pub(super) fn open(start: &'a Start, data: Data, fault: Fault, sink: &mut dyn Sink) -> Result<Self, Error> {
        let spec = &start.spec;
        if data.left_out > 0 {
            let text = format!("{} rows have no {} and were left out.", data.left_out, spec.target);
            sink.emit(Frame::Log { level: LogLevel::Warning, text })?;
        }
        let encoder = &data.encoder;
        let scale = Scale { task: spec.task, classes: encoder.classes().len(), std: encoder.target_scale().1 };
        let model = Model::of(&spec.model, encoder)?;
        let weights = match &start.start_from {
            Some(directory) => {
                let bytes = fs::read(Path::new(directory).join("model.safetensors"));
                let mut weights = from_bytes(&bytes.map_err(Error::start_from)?, &model.layout())?;
                members::give_back_their_voice(&mut weights, &spec.model, encoder.codes().len());
                weights
            }
            None => model.initial(spec.seed),
        };
        let rows = data.train.y.len() as u64;
        let steps_per_epoch = rows.div_ceil(u64::from(spec.batch_size.max(1)));
        let text = format!(
            "{} rows to train on, {} to choose the best epoch by, {} to judge it by, split {}. Features: {}, encoded as {} inputs.",
            rows,
            data.validation.y.len(),
            data.test.y.len(),
            spec.split.describe(),
            encoder.features().len(),
            encoder.width()
        );
        sink.emit(Frame::Log { level: LogLevel::Info, text })?;
        let text = format!(
            "{} with {} parameters on {}; {} with learning rate {}, {steps_per_epoch} steps an epoch.",
            spec.model.kind(),
            weights::count(&weights),
            spec.device.as_str(),
            spec.optimizer.as_str(),
            spec.lr
        );
        sink.emit(Frame::Log { level: LogLevel::Info, text })?;
        if start.start_from.is_some() {
            let text = "It begins with the weights and the encoding of another model.".to_owned();
            sink.emit(Frame::Log { level: LogLevel::Info, text })?;
        }
        if let Some(text) = chosen(spec) {
            sink.emit(Frame::Log { level: LogLevel::Info, text })?;
        }
        Ok(Self {
            start,
            spec,
            width: encoder.width(),
            scale,
            augment: augment(&spec.model, encoder.shape()),
            passes: Passes::new(spec.device, &model, &Objective::new(spec, encoder.classes().len(), &data.train.y))?,
            batch: Batch { x: Vec::new(), outputs: Outputs { values: Vec::new(), y: Vec::new() } },
            optimizer: Optimizer::new(spec.optimizer, &spec.learning, &weights),
            best: weights.clone(),
            weights,
            counters: Counters::default(),
            store: Store::new(start)?,
            schedule: Schedule::new(start.checkpoint_seconds, Instant::now()),
            report: Report::new(0, 0, start.updates_per_second),
            steps_per_epoch,
            fault,
            leaves_files: true,
            data,
        })
    }

    /// All epochs done, or no improvement for too long.
    pub(super) fn is_done(&self) -> bool {
        self.counters.epoch >= self.spec.epochs || self.is_out_of_patience()
    }

    fn is_out_of_patience(&self) -> bool {
        let waited = self.counters.epochs_without_improvement();
        self.spec.early_stopping.is_some_and(|patience| waited >= patience && self.counters.best_epoch > 0)
    }

    /// Trains without checkpoints: they would belong to another training.
    pub(super) fn leave_no_files(&mut self) {
        self.leaves_files = false;
    }

    /// Leaves out of the speed what was not training.
    pub(super) fn was_away(&mut self, time: Duration) {
        self.report.was_away(time);
    }

    /// What is said of a job while nothing of it is measured.
    pub(super) fn standing(&self) -> Progress {
        let step = self.counters.step;
        Progress {
            at: None,
            epoch: self.counters.epoch,
            step,
            total_steps: step,
            loss: None,
            samples_per_second: None,
            eta_seconds: None,
            points: Vec::new(),
        }
    }

    pub(super) fn place(&self) -> String {
        format!("epoch {}, step {}", self.counters.epoch + 1, self.counters.step)
    }

    /// Trains one epoch, or what is left of it. False when it was stopped on the way.
    pub(super) fn epoch(&mut self, sink: &mut dyn Sink, stop: &AtomicBool) -> Result<bool, Error> {
        let order = order(self.data.train.y.len(), self.spec.seed, self.counters.epoch);
        let batches = order.chunks(self.spec.batch_size.max(1) as usize).skip(self.counters.step_in_epoch as usize);
        for rows in batches {
            if stop.load(Ordering::Relaxed) {
                return Ok(false);
            }
            self.step(rows)?;
            self.fault.at_step();
            self.measure_within_epoch();
            self.report.step(rows.len(), &self.counters, sink)?;
            self.checkpoint_within_epoch(sink)?;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(false);
        }
        self.end_of_epoch(sink)?;
        Ok(true)
    }

    /// Forward, backward, and a move of the weights.
    fn step(&mut self, rows: &[u32]) -> Result<(), Error> {
        gather(&self.data.train, rows, self.width, &mut self.batch);
        if let Some(augment) = self.augment {
            augment.batch(&mut self.batch.x, self.spec.seed, self.counters.step);
        }
        let dropout = DropoutAt { seed: self.spec.seed, step: self.counters.step };
        let value = f64::from(self.passes.learn(&self.weights, &mut self.batch, dropout)?);
        if !value.is_finite() {
            return Err(self.diverged(value, 1));
        }
        self.counters.step += 1;
        self.counters.step_in_epoch += 1;
        let (step, total) = (self.counters.step, self.steps_per_epoch * u64::from(self.spec.epochs));
        let lr = self.spec.lr * rate::share(self.spec.learning.schedule, step, total, self.counters.reductions);
        self.optimizer.step(&mut self.weights, self.passes.gradients(), step, lr);
        let (counters, count) = (&mut self.counters, rows.len() as f64);
        counters.loss_sum += value * count;
        // The mean of squares is what adds up, not its root.
        let metric = evaluate::headline(&self.batch.outputs, &self.scale);
        counters.metric_sum += if self.spec.task.is_classification() { metric } else { metric * metric } * count;
        counters.rows += rows.len() as u64;
        counters.window_sum += value;
        counters.window_steps += 1;
        Ok(())
    }

    /// Call after an epoch was compared with the best one.
    fn reduce_on_plateau(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let LrSchedule::Plateau { patience, factor } = self.spec.learning.schedule else { return Ok(()) };
        let counters = &mut self.counters;
        if counters.epoch - counters.best_epoch.max(counters.reduced_at) < patience {
            return Ok(());
        }
        counters.reductions += 1;
        counters.reduced_at = counters.epoch;
        let share = rate::share(self.spec.learning.schedule, counters.step, 0, counters.reductions);
        let text = format!(
            "No improvement for {patience} epochs: the learning rate is multiplied by {factor}, and is now {:.3e}.",
            self.spec.lr * share
        );
        sink.emit(Frame::Log { level: LogLevel::Info, text })
    }

    fn diverged(&self, value: f64, ahead: u64) -> Error {
        Error::Diverged {
            what: if value.is_nan() { "not a number" } else { "infinite" },
            epoch: self.counters.epoch + 1,
            step: self.counters.step + ahead,
            lr: self.spec.lr,
        }
    }

    /// Steps between two training losses within an epoch; `None` when the epoch has one only.
    fn window(&self) -> Option<u64> {
        let windows = (POINTS / u64::from(self.spec.epochs.max(1))).clamp(1, WINDOWS);
        (windows > 1 && self.steps_per_epoch > windows).then(|| self.steps_per_epoch.div_ceil(windows))
    }

    fn measure_within_epoch(&mut self) {
        let Some(window) = self.window() else { return };
        let counters = &mut self.counters;
        if counters.window_steps >= window || counters.step_in_epoch == self.steps_per_epoch {
            let mean = counters.window_sum / counters.window_steps as f64;
            (counters.window_sum, counters.window_steps) = (0.0, 0);
            self.report.measure("loss", Split::Train, counters, mean);
        }
    }

    /// Validation, the best epoch, measurements, a checkpoint.
    fn end_of_epoch(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let told = self.ask(&self.weights, &self.data.validation)?;
        let loss = self.passes.loss(&told)?;
        if !loss.is_finite() {
            return Err(self.diverged(loss, 0));
        }
        self.counters.epoch += 1;
        self.counters.step_in_epoch = 0;
        let epoch = self.counters.epoch;
        if self.counters.best_epoch == 0 || loss < self.counters.best_loss {
            (self.counters.best_epoch, self.counters.best_loss) = (epoch, loss);
            self.best.clone_from(&self.weights);
        }
        self.reduce_on_plateau(sink)?;
        let stride = (u64::from(self.spec.epochs) / POINTS).max(1) as u32;
        let last = self.is_done();
        if epoch.is_multiple_of(stride) || epoch == 1 || last {
            let metric = self.spec.task.headline_metric();
            let rows = self.counters.rows.max(1) as f64;
            let mean = self.counters.metric_sum / rows;
            let train = if self.spec.task.is_classification() { mean } else { mean.sqrt() };
            let validation = evaluate::headline(&told, &self.scale);
            if self.window().is_none() {
                self.report.measure("loss", Split::Train, &self.counters, self.counters.loss_sum / rows);
            }
            self.report.measure("loss", Split::Validation, &self.counters, loss);
            self.report.measure(metric, Split::Train, &self.counters, train);
            self.report.measure(metric, Split::Validation, &self.counters, validation);
        }
        let counters = &mut self.counters;
        (counters.loss_sum, counters.metric_sum, counters.rows) = (0.0, 0.0, 0);
        (counters.window_sum, counters.window_steps) = (0.0, 0);
        self.checkpoint_after_epoch(last, sink)?;
        self.report.step(0, &self.counters, sink)?;
        self.fault.at_end_of_epoch(epoch);
        Ok(())
    }

    /// What a model says of rows.
    fn ask(&self, weights: &Weights, rows: &Encoded) -> Result<Outputs, Error> {
        Ok(Outputs { values: self.passes.ask(weights, &rows.x)?, y: rows.y.clone() })
    }
}

/// The numbers that nobody asked for.
fn chosen(spec: &JobSpec) -> Option<String> {
    let open = |name: &str, text: String| spec.chosen.iter().any(|chosen| chosen == name).then_some(text);
    let stopping = match spec.early_stopping {
        Some(patience) => format!("an end after {patience} epochs without improvement"),
        None => "no early end".to_owned(),
    };
    let all = [
        open("lr", format!("learning rate {}", spec.lr)),
        open("batch_size", format!("{} rows a batch", spec.batch_size)),
        open("epochs", format!("at most {} epochs", spec.epochs)),
        open("early_stopping", stopping),
    ];
    let all: Vec<String> = all.into_iter().flatten().collect();
    (!all.is_empty()).then(|| format!("Chosen, because it was left open: {}.", all.join(", ")))
}

/// What is done to the images of a job before they are learned from.
fn augment(model: &ModelSpec, shape: InputShape) -> Option<Augment> {
    match (model, shape) {
        (ModelSpec::Cnn(cnn), InputShape::Pixels { size, channels }) if cnn.augment => {
            Some(Augment { size: size as usize, channels: channels as usize })
        }
        _ => None,
    }
}
