//! CSV, TSV and JSON Lines on the whole way from an upload to the numbers that a model is given. The first byte says which.
#![no_main]

use std::io::Write;

use dataset::{Encoder, Source, Table, preview, profile, split, validate};
use domain::{
    dataset::{DatasetFormat, DatasetProfile},
    job::{Estimate, TrainingRequest},
};
use flate2::{Compression, write::GzEncoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, bytes)) = bytes.split_first() else { return };
    let format = match first % 3 {
        0 => DatasetFormat::Csv,
        1 => DatasetFormat::Tsv,
        _ => DatasetFormat::Jsonl,
    };
    fuzz::within(192, || upload(bytes, format));
});

fn upload(bytes: &[u8], format: DatasetFormat) {
    let source = fuzz::source(bytes, format, false);
    let checked = validate(&source).expect("the file is there");
    let found = profile(&source);
    assert_eq!(checked.problems.is_empty(), found.is_ok(), "{:?} and {found:?}", checked.problems);
    let _ = preview(&source, 100);
    let Ok(found) = found else { return };
    assert_eq!(checked.profile.as_ref(), Some(&found));
    let stored = serde_json::to_string(&found).expect("a profile is JSON");
    assert_eq!(serde_json::from_str::<DatasetProfile>(&stored).expect("it is read again"), found);
    train(&source, bytes, found);
}

fn train(source: &Source, bytes: &[u8], profile: DatasetProfile) {
    let view = fuzz::view(source, profile);
    let Ok(spec) = TrainingRequest::default().resolve(&view) else { return };
    let _ = Estimate::of(spec.clone(), &view, &[]);
    let plain = Table::read(source, &spec);
    // A packed file is read line by line, a plain one by all cores when it can be: both find the same.
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).expect("into memory");
    let packed = fuzz::source(&packed.finish().expect("into memory"), source.format, true);
    let unpacked = Table::read(&packed, &spec);
    assert_eq!(format!("{plain:?}"), format!("{unpacked:?}"), "read in two ways");
    let Ok(table) = plain else { return };
    let Ok(parts) = split(&table, &spec) else { return };
    let Ok(encoder) = Encoder::fit(&table, &parts.train, &spec) else { return };
    let encoded = encoder.encode(&table, &parts.train);
    assert_eq!(encoded.x.len(), parts.train.len() * encoder.width());
    assert!(encoded.x.iter().chain(&encoded.y).all(|number| number.is_finite()), "{encoder:?}");
    let stored = serde_json::to_string(&encoder).expect("an encoder is JSON");
    assert_eq!(Encoder::from_json(&stored).as_ref(), Ok(&encoder));
}
