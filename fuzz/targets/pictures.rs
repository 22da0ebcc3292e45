//! One picture of any of the formats, as somebody sends it with a row to predict.
#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use dataset::Encoder;
use domain::{error::FieldErrors, model::Row};
use libfuzzer_sys::fuzz_target;
use serde_json::json;

fuzz_target!(|bytes: &[u8]| {
    fuzz::within(1_024, || {
        for channels in [1, 3] {
            let numbers = vec![0.5; channels];
            let encoder = json!({
                "format_version": 1, "task": "image_classification", "target": "label", "classes": ["a", "b"],
                "target_mean": 0.0, "target_std": 1.0,
                "inputs": [{"type": "image", "name": "image", "size": 16, "channels": channels, "mean": numbers, "std": numbers}],
            });
            let encoder = Encoder::from_json(&encoder.to_string()).expect("an encoder");
            let row = Row::from_iter([("image".to_owned(), json!(STANDARD.encode(bytes)))]);
            let mut errors = FieldErrors::default();
            let encoded = encoder.encode_rows(&[row], &|at| format!("rows[{at}]"), &mut 1, &mut errors);
            assert!(encoded.len() == 16 * 16 * channels && encoded.iter().all(|number| number.is_finite()));
        }
    });
});
