//! Images: that they are learned from, exactly resumed while they are moved about, and predicted.

use std::{
    fs::File,
    io::{Read, Write},
    path::Path,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use domain::{
    dataset::DatasetFormat,
    job::{CnnSpec, ModelSpec, Task},
    model::{Prediction, Row},
    wire::trainer::Finished,
};
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use super::{Job, Ledger, delivery};
use crate::{
    Predictor,
    random::{Purpose, Random},
};

const SIZE: usize = 16;

/// A BMP of 24 bits a pixel: noise, and a bright bar that stands or lies.
fn bitmap(stands: bool, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed, Purpose::Shuffle { epoch: 0 });
    let bytes = (SIZE * SIZE * 3) as u32;
    let mut file = b"BM".to_vec();
    for field in [54 + bytes, 0, 54, 40, SIZE as u32, SIZE as u32, 24 << 16 | 1, 0, bytes, 0, 0, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    let place = 4 + random.below(8);
    for at in 0..SIZE * SIZE {
        let along = if stands { at % SIZE } else { at / SIZE };
        let bright = if along.abs_diff(place) < 2 { 150 } else { 0 };
        file.extend((0..3).map(|_| bright + random.below(90) as u8));
    }
    file
}

/// Forty bars that stand and forty that lie.
fn bars(epochs: u32) -> Job {
    let mut job = Job::new("iris", Task::ImageClassification, "label", &["image"], epochs);
    let path = job.directory.path().join("bars.zip");
    let mut archive = ZipWriter::new(File::create(&path).unwrap());
    for at in 0..80_u64 {
        let stands = at % 2 == 0;
        let folder = if stands { "stands" } else { "lies" };
        archive.start_file(format!("{folder}/{at}.bmp"), SimpleFileOptions::default()).unwrap();
        archive.write_all(&bitmap(stands, at)).unwrap();
    }
    archive.finish().unwrap();
    job.start.dataset.path = path.to_string_lossy().into_owned();
    job.start.dataset.format = DatasetFormat::Images;
    let small = CnnSpec { image_size: 16, channels: vec![8], hidden: 16, ..CnnSpec::default() };
    assert!(small.augment && small.dropout > 0.0);
    (job.start.spec.model, job.start.spec.lr, job.start.spec.batch_size) = (ModelSpec::Cnn(small), 0.005, 2);
    job
}

#[test]
fn a_job_on_images_is_resumed_bit_for_bit() {
    let expected = bars(3).delivered();
    let mut job = bars(3);
    job.start.updates_per_second = u32::MAX;
    let (stopped, frames) = job.run_until(40);
    assert!(matches!(stopped, Finished::Stopped { .. }), "{stopped:?}");
    job.again(&Ledger::of(&frames));
    assert_eq!(delivery(job.run().0).sha256, expected.sha256);
}

#[test]
fn images_are_told_apart_and_predicted() {
    let job = bars(12);
    let delivered = job.delivered();
    let metrics = &delivered.info.evaluation.metrics;
    assert!(metrics["accuracy"] > 0.9, "{metrics:?}");
    // What a person would send: the bytes of a file in base64, here those of the archive.
    let mut archive = ZipArchive::new(File::open(&job.start.dataset.path).unwrap()).unwrap();
    let rows: Vec<Row> = (0..10)
        .map(|at| {
            let mut bytes = Vec::new();
            archive.by_index(at).unwrap().read_to_end(&mut bytes).unwrap();
            Row::from_iter([("image".to_owned(), BASE64.encode(&bytes).into())])
        })
        .collect();
    let told = Predictor::load(Path::new(&delivered.model_dir)).unwrap().predict(&rows).unwrap();
    let labels = told.iter().map(|told| match told {
        Prediction::Label { label, .. } => label.as_str(),
        Prediction::Value { .. } => "",
    });
    let right = labels.zip(["stands", "lies"].iter().cycle()).filter(|(told, known)| told == *known).count();
    assert!(right >= 9, "{right} of 10");
}
