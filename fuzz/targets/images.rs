//! Archives of images, from the list of their entries to what a model is given.
#![no_main]

use dataset::{Encoder, Table, preview, profile, split, thumbnail, validate};
use domain::{dataset::DatasetFormat, job::TrainingRequest};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::within(1_024, || upload(bytes));
});

fn upload(bytes: &[u8]) {
    let source = fuzz::source(bytes, DatasetFormat::Images, false);
    let checked = validate(&source).expect("the file is there");
    let found = profile(&source);
    assert_eq!(checked.problems.is_empty(), found.is_ok(), "{:?} and {found:?}", checked.problems);
    let _ = preview(&source, 100);
    let _ = thumbnail(&source, 0, 64);
    let Ok(found) = found else { return };
    let Ok(spec) = TrainingRequest::default().resolve(&fuzz::view(&source, found)) else { return };
    // What was profiled can be read.
    let table = Table::read(&source, &spec).expect("the images were decoded before");
    let Ok(parts) = split(&table, &spec) else { return };
    let Ok(encoder) = Encoder::fit(&table, &parts.train, &spec) else { return };
    let encoded = encoder.encode(&table, &parts.train);
    assert!(encoded.x.iter().all(|number| number.is_finite()));
}
