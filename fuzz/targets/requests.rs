//! A request to train, in the first line, of a table in the lines after it: every choice that it leaves open is made, every
//! one that it makes is checked, and what comes out can be estimated, stored and gone on with.
#![no_main]

use dataset::profile;
use domain::{
    dataset::DatasetFormat,
    job::{Continuation, Estimate, JobSpec, Speed, TrainingRequest},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (line, table) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    fuzz::within(128, || {
        let Ok(request) = serde_json::from_slice::<TrainingRequest>(line) else { return };
        let source = fuzz::source(table, DatasetFormat::Csv, false);
        let Ok(profile) = profile(&source) else { return };
        let view = fuzz::view(&source, profile);
        let Ok(spec) = request.resolve(&view) else { return };
        let speed = Speed { job_id: "00000000-0000-7000-8000-000000000002".parse().expect("an id"), params: spec.clone(), rows_per_second: 1.0 };
        let estimate = Estimate::of(spec.clone(), &view, &[speed]);
        assert!(estimate.seconds.is_none_or(f64::is_finite) && estimate.parameters <= 20_000_000, "{estimate:?}");
        let stored = serde_json::to_string(&spec).expect("a spec is JSON");
        assert_eq!(serde_json::from_str::<JobSpec>(&stored).expect("it is read again"), spec);
        assert!(!spec.model.describe().is_empty());
        let mut spec = spec;
        let _ = Continuation { epochs: Some(spec.epochs.saturating_add(1)), max_seconds: None }.apply(&mut spec, true);
    });
});
