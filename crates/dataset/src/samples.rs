//! Datasets that ship with Athanor; where they come from is in `samples/README.md`.

use domain::dataset::DatasetFormat;

/// A dataset inside the executable.
#[derive(Debug)]
pub struct Sample {
    pub name: &'static str,
    pub file_name: &'static str,
    pub format: DatasetFormat,
    pub bytes: &'static [u8],
}

macro_rules! sample {
    ($name:literal) => {
        Sample {
            name: $name,
            file_name: concat!($name, ".csv"),
            format: DatasetFormat::Csv,
            bytes: include_bytes!(concat!("../samples/", $name, ".csv")),
        }
    };
}

/// All of them.
pub const SAMPLES: &[Sample] = &[
    sample!("iris"),
    sample!("wine"),
    sample!("breast_cancer"),
    sample!("diabetes"),
    sample!("sample_dataset"),
    sample!("messages"),
];

impl Sample {
    /// The sample of that name.
    pub fn find(name: &str) -> Option<&'static Self> {
        SAMPLES.iter().find(|sample| sample.name == name)
    }
}
