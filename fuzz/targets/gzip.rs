//! Packed tables: damaged, lying and endless archives.
#![no_main]

use dataset::{preview, profile, validate};
use domain::dataset::DatasetFormat;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    fuzz::within(192, || {
        let source = fuzz::source(bytes, DatasetFormat::Csv, true);
        let checked = validate(&source).expect("the file is there");
        assert_eq!(checked.problems.is_empty(), profile(&source).is_ok());
        let _ = preview(&source, 100);
    });
});
