//! A model's files as a browser and the server read them: `model.json`, `encoder.json`, rows to predict as JSON and as CSV,
//! each ended by a line of three dashes, and then `model.safetensors`.
#![no_main]

use domain::model::Row;
use engine::Predictor;
use libfuzzer_sys::fuzz_target;

const END: &[u8] = b"\n---\n";

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    let mut parts = Vec::new();
    while parts.len() < 4 {
        let Some(at) = rest.windows(END.len()).position(|window| window == END) else { return };
        let Ok(text) = std::str::from_utf8(&rest[..at]) else { return };
        parts.push(text);
        rest = &rest[at + END.len()..];
    }
    fuzz::within(256, || {
        let Ok(model) = Predictor::new(parts[0], parts[1], rest) else { return };
        if let Ok(rows) = serde_json::from_str::<Vec<Row>>(parts[2])
            && let Ok(told) = model.predict(&rows)
        {
            assert_eq!(told.len(), rows.len());
            let told = serde_json::to_string(&told).expect("predictions are JSON");
            assert!(!told.contains("null"), "JSON knows no infinity: {told}");
        }
        let _ = model.predict_csv(parts[3].into());
    });
});
