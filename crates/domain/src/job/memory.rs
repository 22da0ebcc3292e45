//! How much memory a job needs, about: so that one that cannot fit is refused before it starts.

use super::{InputShape, JobSpec, ModelSpec, choose};
use crate::dataset::DatasetView;

/// A number of a model.
const NUMBER: u64 = 4;
/// The trainer before it has read anything.
const PROGRAM: u64 = 30 << 20;
/// Copies of the parameters: weights, those of the best epoch, gradients, two of an optimizer, and two on their way to a file.
const COPIES: u64 = 7;

/// Bytes, about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryEstimate {
    /// The columns, and the same rows encoded.
    pub data: u64,
    /// Parameters, and what is kept of each while learning.
    pub model: u64,
    /// What the layers give for one batch.
    pub batch: u64,
}

impl MemoryEstimate {
    pub fn total(self) -> u64 {
        PROGRAM.saturating_add(self.data).saturating_add(self.model).saturating_add(self.batch)
    }
}

impl JobSpec {
    /// What the model is given of a row, and how many numbers it gives.
    fn ends(&self, dataset: &DatasetView) -> (InputShape, u64) {
        let profile = &dataset.profile;
        let classes = profile.column(&self.target).map_or(1, |column| column.unique);
        let shape = choose::shape(&self.model, self.embeddings, &self.features, profile);
        (shape, self.task.outputs(classes))
    }

    /// Trainable numbers of the model on such a dataset, about: an encoder may find less in the rows than the profile says.
    pub fn parameters_on(&self, dataset: &DatasetView) -> u64 {
        let (shape, outputs) = self.ends(dataset);
        self.model.parameters(shape, outputs)
    }

    /// What training on such a dataset takes.
    pub fn memory(&self, dataset: &DatasetView) -> MemoryEstimate {
        let profile = &dataset.profile;
        let (shape, outputs) = self.ends(dataset);
        let shape = match shape {
            // Texts are not longer than the file, where it tells: a word and a blank are two bytes at least.
            InputShape::Tokens { length, vocabulary } if !dataset.gzip => {
                let mean = dataset.size_bytes / (2 * profile.rows.max(1)) + 1;
                InputShape::Tokens { length: length.min(mean), vocabulary }
            }
            shape => shape,
        };
        let rows = profile.rows;
        let read = match shape {
            // A number or the code of a word a column, and the target.
            InputShape::Numbers { .. } => NUMBER * (self.features.len() as u64 + 2),
            InputShape::Tokens { length, .. } => NUMBER * length,
            // A byte a pixel.
            InputShape::Pixels { .. } => shape.width(),
        };
        let row = read.saturating_add(NUMBER.saturating_mul(shape.width()));
        let parameters = self.model.parameters(shape, outputs);
        let batch = u64::from(self.batch_size).min(rows);
        // The model of a fold is trained while the job's own waits to be delivered.
        let times = if self.folds.is_some() { 2 } else { 1 };
        MemoryEstimate {
            data: rows.saturating_mul(row).saturating_mul(times),
            model: parameters.saturating_mul(NUMBER * COPIES * times),
            batch: batch.saturating_mul(NUMBER * times).saturating_mul(self.model.given(shape, outputs)),
        }
    }
}

impl ModelSpec {
    /// Numbers that the layers give for one row and keep until the way back, errors included.
    fn given(&self, shape: InputShape, outputs: u64) -> u64 {
        let wide = |widths: &[u32]| widths.iter().map(|width| u64::from(*width)).sum::<u64>();
        let inputs = shape.width();
        match self {
            Self::Linear => inputs + 2 * outputs,
            Self::Mlp(mlp) => 2 * inputs + u64::from(mlp.members()) * (4 * wide(&mlp.hidden) + 2 * outputs),
            Self::Resnet(spec) => {
                let (width, hidden) = (u64::from(spec.width), u64::from(spec.hidden));
                2 * inputs + (u64::from(spec.blocks) + 1) * (3 * width + 2 * hidden) + 2 * outputs
            }
            Self::Transformer(spec) => {
                let (width, hidden) = (u64::from(spec.width), u64::from(spec.feed_forward));
                // Two normalisations, three for attention and one out of it, two sums; the fully connected part; the shares.
                let layer = 10 * width + 3 * hidden + 2 * u64::from(spec.heads) * inputs;
                inputs.saturating_mul(u64::from(spec.layers).saturating_mul(layer) + 4 * width)
            }
            Self::Cnn(spec) => {
                let mut size = u64::from(spec.image_size);
                let mut given = 2 * inputs;
                // What a block gives after pooling, where it came from, and its errors.
                for channels in spec.channels.iter().map(|channels| u64::from(*channels)) {
                    size /= 2;
                    given += 3 * size * size * channels;
                }
                given + 3 * u64::from(spec.hidden) + 2 * outputs
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        DatasetId, Timestamp,
        dataset::{DatasetFormat, DatasetProfile, DatasetView},
        job::{CnnSpec, Estimate, JobSpec, ModelSpec, Speed, Task, TransformerSpec},
    };

    const ID: &str = "00000000-0000-7000-8000-000000000000";

    fn job(model: ModelSpec) -> JobSpec {
        let spec = serde_json::json!({
            "name": "", "dataset_id": ID, "task": "regression", "target": "y", "features": [], "model": {"kind": "linear"},
            "optimizer": "adam", "lr": 0.001, "epochs": 1, "batch_size": 64, "validation": 0.15, "test": 0.15,
            "early_stopping": null, "seed": 1, "device": "flex"
        });
        JobSpec { model, ..serde_json::from_value(spec).unwrap() }
    }

    /// So many rows of so many bytes.
    fn file(rows: u64, each: u64) -> DatasetView {
        DatasetView {
            id: ID.parse::<DatasetId>().unwrap(),
            name: "file".into(),
            file_name: "file.csv".into(),
            format: DatasetFormat::Csv,
            gzip: false,
            size_bytes: rows * each,
            sha256: String::new(),
            sample: false,
            created_at: Timestamp(0),
            profile: DatasetProfile { rows, ..DatasetProfile::default() },
        }
    }

    #[test]
    fn time_is_that_of_a_job_like_it_and_a_larger_model_takes_longer() {
        let dataset = file(1_000, 10);
        let linear = || JobSpec { epochs: 30, ..job(ModelSpec::Linear) };
        let estimate = Estimate::of(linear(), &dataset, &[]);
        assert_eq!((estimate.train_rows, estimate.seconds, estimate.like), (700, None, None));
        assert_eq!(estimate.memory_bytes, linear().memory(&dataset).total());
        let speed = |params: JobSpec| Speed { job_id: ID.parse().unwrap(), params, rows_per_second: 1_000.0 };
        let other = speed(job(ModelSpec::Mlp(crate::job::MlpSpec::default())));
        let seconds = Estimate::of(linear(), &dataset, &[other.clone(), speed(linear())]).seconds.unwrap();
        assert!((seconds - 21.0).abs() < 1e-9, "{seconds}");
        let folds = JobSpec { folds: Some(4), ..linear() };
        let seconds = Estimate::of(folds, &dataset, &[speed(linear())]).seconds.unwrap();
        assert!((seconds - 105.0).abs() < 1e-9, "{seconds}");
        let wide = |hidden: u32| {
            let spec = crate::job::MlpSpec { hidden: vec![hidden], ..crate::job::MlpSpec::default() };
            JobSpec { epochs: 30, ..job(ModelSpec::Mlp(spec)) }
        };
        let of = |hidden| Estimate::of(wide(hidden), &dataset, &[speed(wide(64))]).seconds.unwrap();
        assert!(of(640) > of(64) * 5.0, "{} {}", of(640), of(64));
        assert!((of(8) - of(64)).abs() < 1e-9, "not counted as faster");
    }

    #[test]
    fn each_part_grows_with_what_it_is_made_of() {
        let text =
            JobSpec { task: Task::TextClassification, ..job(ModelSpec::Transformer(TransformerSpec::default())) };
        let (few, many) = (text.memory(&file(1_000, 9_000)), text.memory(&file(1_000_000, 9_000)));
        assert_eq!((many.data, many.model, many.batch), (few.data * 1_000, few.model, few.batch));
        let longer = TransformerSpec { max_tokens: 1_024, ..TransformerSpec::default() };
        let longer = JobSpec { model: ModelSpec::Transformer(longer), ..text.clone() };
        // Attention grows with the square of the length.
        let long = longer.memory(&file(1_000, 9_000));
        assert!(long.batch > 15 * few.batch && long.data == 8 * few.data, "{long:?} {few:?}");
        // Of short texts nobody asks for room that they do not take.
        assert!(longer.memory(&file(1_000, 60)).batch < few.batch / 4);
        let images = job(ModelSpec::Cnn(CnnSpec::default())).memory(&file(1_000, 3_000));
        assert_eq!(images.data, 1_000 * 32 * 32 * 3 * 5);
        assert!(images.total() < 100 << 20, "{images:?}");
    }
}
