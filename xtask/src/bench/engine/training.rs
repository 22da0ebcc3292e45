//! Steps a second of one job: the same model, optimizer, batch and data in PyTorch's loop and in our trainer.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::json;

use super::{
    data, median,
    python::{self, Python},
    table,
    trainer::{self, Job},
};
use crate::{command, images};

struct Work {
    name: &'static str,
    model: Model,
    /// 0: regression.
    classes: usize,
    batch: u32,
    rows: usize,
    /// So many that each side trains for a second or two; rates are compared, not times.
    torch_epochs: u32,
    our_epochs: u32,
}

enum Model {
    /// Inputs, hidden layers, outputs.
    Dense(&'static [usize]),
    /// A transformer encoder on texts of so many words, out of as many.
    Text { length: usize, vocabulary: usize },
    /// A convolutional network on images so many pixels wide.
    Images { size: usize },
}

/// Of both sides' transformers.
const WIDTH: usize = 64;
const HEADS: usize = 4;
const HIDDEN: usize = 256;
const LAYERS: usize = 2;
const DROPOUT: f64 = 0.1;

/// Of both sides' convolutional networks.
const CHANNELS: [usize; 2] = [16, 32];
const AFTER: usize = 128;

const WORKS: [Work; 6] = [
    Work {
        name: "tiny 1-8-1, batch 16",
        model: Model::Dense(&[1, 8, 1]),
        classes: 0,
        batch: 16,
        rows: 16_002,
        torch_epochs: 5,
        our_epochs: 1_000,
    },
    Work {
        name: "30-128-128-10, batch 64",
        model: Model::Dense(&[30, 128, 128, 10]),
        classes: 10,
        batch: 64,
        rows: 40_980,
        torch_epochs: 3,
        our_epochs: 30,
    },
    Work {
        name: "30-128-128-10, batch 512",
        model: Model::Dense(&[30, 128, 128, 10]),
        classes: 10,
        batch: 512,
        rows: 40_980,
        torch_epochs: 20,
        our_epochs: 50,
    },
    Work {
        name: "784-512-256-10, batch 128",
        model: Model::Dense(&[784, 512, 256, 10]),
        classes: 10,
        batch: 128,
        rows: 6_420,
        torch_epochs: 10,
        our_epochs: 20,
    },
    Work {
        name: "transformer, 64 words, 32",
        model: Model::Text { length: 64, vocabulary: 5_000 },
        classes: 4,
        batch: 32,
        rows: 1_608,
        torch_epochs: 1,
        our_epochs: 3,
    },
    Work {
        name: "CNN, 28 x 28, batch 64",
        model: Model::Images { size: 28 },
        classes: 10,
        batch: 64,
        rows: 2_580,
        torch_epochs: 1,
        our_epochs: 4,
    },
];

/// Microseconds a step.
struct Rates {
    torch: Vec<f64>,
    fused: Vec<f64>,
    /// Ours on one thread.
    one: Vec<f64>,
    /// Ours with the report and the model on disk.
    whole: Vec<f64>,
}

/// Prints a line a workload that is asked for.
pub(super) fn measure(
    executable: &Path,
    python: &Python,
    folder: &Path,
    rounds: usize,
    asked: &dyn Fn(&str) -> bool,
) -> anyhow::Result<()> {
    let works: Vec<&Work> = WORKS.iter().filter(|work| asked(work.name)).collect();
    if works.is_empty() {
        return Ok(());
    }
    command::announce("Training in turns");
    let mut torch = python.trainer()?;
    let mut rates: Vec<Rates> = works
        .iter()
        .map(|_| Rates { torch: Vec::new(), fused: Vec::new(), one: Vec::new(), whole: Vec::new() })
        .collect();
    for _ in 0..rounds {
        for (work, rates) in works.iter().zip(&mut rates) {
            // On a busy machine its two threads wait for each other: what counts is the better of both.
            let (one, two) = (theirs(work, &mut torch, folder, 1)?, theirs(work, &mut torch, folder, 2)?);
            rates.torch.push(one.min(two));
            let (one, two) = (ours(work, executable, folder, 1)?, ours(work, executable, folder, 2)?);
            rates.one.push(one.0);
            rates.fused.push(one.0.min(two.0));
            rates.whole.push(one.1.min(two.1));
        }
    }
    println!(
        "training                  PyTorch us/step   ours us/step  one thread  to model   ratio (worst to best round)"
    );
    for (work, Rates { torch, fused, one, whole }) in works.into_iter().zip(rates) {
        let mut ratios: Vec<f64> = torch.iter().zip(&fused).map(|(torch, fused)| torch / fused).collect();
        ratios.sort_by(f64::total_cmp);
        println!(
            "{:<25} {:>15.1} {:>14.2} {:>11.2} {:>9.2} {:>7.2} ({:.2} to {:.2})",
            work.name,
            median(torch),
            median(fused),
            median(one),
            median(whole),
            median(ratios.clone()),
            ratios.first().copied().unwrap_or(f64::NAN),
            ratios.last().copied().unwrap_or(f64::NAN)
        );
    }
    Ok(())
}

/// The file of a workload, and the rows of it that are trained on: one row of each class, or one, is held out twice.
fn file(work: &Work, folder: &Path) -> anyhow::Result<(PathBuf, usize)> {
    let rows = work.rows - 2 * work.classes.max(1);
    let csv = match work.model {
        Model::Dense(widths) => {
            let csv = folder.join(format!("{}-{}-{}.csv", work.rows, widths[0], work.classes));
            table(&csv, work.rows, widths[0], work.classes)?;
            csv
        }
        Model::Text { length, vocabulary } => {
            let csv = folder.join("texts.csv");
            if !csv.exists() {
                data::write_texts(&csv, work.rows, [length, vocabulary, work.classes])?;
            }
            csv
        }
        Model::Images { size } => {
            let archive = folder.join("images.zip");
            if !archive.exists() {
                images::write(&archive, work.rows, size, work.classes)?;
            }
            archive
        }
    };
    Ok((csv, rows))
}

fn theirs(work: &Work, torch: &mut python::Trainer, folder: &Path, threads: u32) -> anyhow::Result<f64> {
    let (csv, rows) = file(work, folder)?;
    let model = match work.model {
        Model::Dense(widths) => json!({ "kind": "dense", "widths": widths }),
        Model::Text { length, vocabulary } => json!({
            "kind": "text", "length": length, "vocabulary": vocabulary, "width": WIDTH, "heads": HEADS, "hidden": HIDDEN,
            "layers": LAYERS, "dropout": DROPOUT
        }),
        Model::Images { size } => json!({ "kind": "images", "size": size, "channels": CHANNELS, "hidden": AFTER }),
    };
    let order = json!({
        "csv": csv, "rows": rows, "model": model, "classes": work.classes, "batch": work.batch,
        "epochs": work.torch_epochs, "threads": threads, "lr": 0.001
    });
    let answer = torch.train(&order)?;
    let number = |name: &str| answer[name].as_f64().unwrap_or(f64::NAN);
    Ok(number("seconds") / number("steps") * 1e6)
}

/// Of training alone, which is what the other side does, and of everything.
fn ours(work: &Work, executable: &Path, folder: &Path, threads: u32) -> anyhow::Result<(f64, f64)> {
    let (csv, _) = file(work, folder)?;
    let mut format = "csv";
    let (task, features, model) = match work.model {
        Model::Dense(widths) => (
            if work.classes == 0 { "regression" } else { "multiclass" },
            data::names(widths[0]),
            json!({ "kind": "mlp", "hidden": widths[1..widths.len() - 1], "activation": "relu", "dropout": 0.0 }),
        ),
        Model::Text { length, vocabulary } => (
            "text_classification",
            vec![data::TEXT.to_owned()],
            json!({
                "kind": "transformer", "width": WIDTH, "heads": HEADS, "feed_forward": HIDDEN, "layers": LAYERS,
                "dropout": DROPOUT, "max_tokens": length, "vocabulary": vocabulary + 2
            }),
        ),
        Model::Images { size } => {
            format = "images";
            let model = json!({
                "kind": "cnn", "image_size": size, "channels": CHANNELS, "hidden": AFTER, "dropout": 0.0, "augment": false
            });
            ("image_classification", vec!["image".to_owned()], model)
        }
    };
    let (batch, epochs) = (work.batch, work.our_epochs);
    let job = Job { file: &csv, format, task, features: &features, model, batch, epochs, device: "flex", threads };
    let times = trainer::run(executable, folder, &job)?;
    let a_step = |time: Duration| time.as_secs_f64() / times.steps as f64 * 1e6;
    Ok((a_step(times.training), a_step(times.whole)))
}
