//! A checkpoint that was damaged, in many ways, and what is done about it.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use domain::JobId;
use serde_json::{Value, json};

use super::{
    Counters, Store,
    bundle::{MANIFEST, PARTS, SEAL},
    load::seal,
    store::Earlier,
};
use crate::{
    digest::sha256,
    optimizer::Optimizer,
    random::{Purpose, Random},
    train::tests::Job,
    weights::{Matrix, Weights},
};

/// Pages that may be lost, in bytes.
const PAGE: usize = 4_096;

struct Bench {
    job: Job,
    /// Newest first.
    checkpoints: Vec<String>,
    /// Each file of the newest one.
    files: Vec<(PathBuf, Vec<u8>)>,
    /// A checkpoint of another job, with the same data and spec.
    stranger: PathBuf,
}

fn weights(seed: u64) -> Weights {
    let mut random = Random::new(seed, Purpose::Weights { parameter: 0 });
    let mut matrix = |name: &str, shape: [usize; 2]| Matrix {
        name: name.into(),
        shape,
        values: (0..shape[0] * shape[1]).map(|_| random.unit() - 0.5).collect(),
    };
    vec![matrix("hidden.0.weight", [40, 40]), matrix("hidden.0.bias", [1, 40]), matrix("output.weight", [40, 3])]
}

fn optimizer(job: &Job) -> Optimizer {
    let mut weights = weights(0);
    let mut optimizer = Optimizer::new(job.start.spec.optimizer, &job.start.spec.learning, &weights);
    let gradients: Vec<Vec<f32>> = weights.iter().map(|matrix| matrix.values.clone()).collect();
    optimizer.step(&mut weights, &gradients, 1, 0.01);
    optimizer
}

fn write(job: &Job, step: u64, store: &mut Store) -> String {
    let counters = Counters { step, step_in_epoch: step, loss_sum: 0.1 * step as f64, ..Counters::default() };
    store.write(&counters, &weights(step), &optimizer(job), &weights(step + 100)).unwrap().unwrap().path
}

impl Bench {
    fn new() -> Self {
        let mut job = Job::iris(10);
        let mut store = Store::new(&job.start).unwrap();
        let mut checkpoints: Vec<String> = [40, 41].iter().map(|step| write(&job, *step, &mut store)).collect();
        checkpoints.reverse();
        let files = fs::read_dir(&checkpoints[0]).unwrap().map(|entry| {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            (path, bytes)
        });
        let files = files.collect();
        let mut other = Job::iris(10);
        other.start.job_id = "00000000-0000-7000-8000-000000000002".parse::<JobId>().unwrap();
        other.start.work_dir = job.directory.path().join("other").to_string_lossy().into_owned();
        let stranger = PathBuf::from(write(&other, 41, &mut Store::new(&other.start).unwrap()));
        job.start.attempt = 2;
        Self { job, checkpoints, files, stranger }
    }

    fn newest(&self) -> &Path {
        Path::new(&self.checkpoints[0])
    }

    fn restore(&self) {
        let _ = fs::remove_file(self.newest());
        let _ = fs::remove_dir_all(self.newest());
        fs::create_dir_all(self.newest()).unwrap();
        for (path, bytes) in &self.files {
            fs::write(path, bytes).unwrap();
        }
    }

    fn load(&self) -> Earlier {
        let mut store = Store::new(&self.job.start).unwrap();
        store.go_on(&self.checkpoints, &weights(0), &mut optimizer(&self.job)).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.newest().join(name)
    }

    /// Rewrites the manifest as somebody would who knows that it has a hash.
    fn forge(&self, change: impl FnOnce(&mut Value)) {
        let mut manifest: Value = serde_json::from_slice(&fs::read(self.path(MANIFEST)).unwrap()).unwrap();
        change(&mut manifest);
        let manifest = serde_json::to_vec(&manifest).unwrap();
        fs::write(self.path(SEAL), seal(&manifest)).unwrap();
        fs::write(self.path(MANIFEST), manifest).unwrap();
    }

    /// Puts other bytes in the place of a part, with their true size and hash.
    fn forge_part(&self, name: &str, bytes: &[u8]) {
        fs::write(self.path(name), bytes).unwrap();
        self.forge(|manifest| manifest["parts"][name] = json!({"bytes": bytes.len(), "sha256": sha256(bytes)}));
    }

    /// Damages the newest checkpoint in a way that the seed chooses, and says how.
    fn damage(&self, seed: u64) -> String {
        let mut random = Random::new(seed, Purpose::Shuffle { epoch: 1 });
        let mut below = |end: usize| (random.unit() * end as f32) as usize;
        let (path, bytes) = &self.files[below(self.files.len())];
        let name = path.file_name().unwrap().to_string_lossy();
        let mut bytes = bytes.clone();
        let part = PARTS[below(PARTS.len())];
        match seed % 11 {
            0 => {
                let end = below(bytes.len());
                fs::write(path, &bytes[..end]).unwrap();
                format!("{name} ends at byte {end}")
            }
            1 | 2 => {
                let (at, bit) = (below(bytes.len()), below(8));
                bytes[at] ^= 1 << bit;
                fs::write(path, bytes).unwrap();
                format!("bit {bit} of byte {at} of {name} is another")
            }
            3 => {
                let at = below(bytes.len().div_ceil(PAGE)) * PAGE;
                let end = (at + PAGE).min(bytes.len());
                bytes[at..end].fill(0);
                fs::write(path, bytes).unwrap();
                format!("the page at byte {at} of {name} is lost")
            }
            4 => {
                let other = if part == PARTS[0] { PARTS[2] } else { PARTS[0] };
                let (one, two) = (fs::read(self.path(part)).unwrap(), fs::read(self.path(other)).unwrap());
                fs::write(self.path(part), two).unwrap();
                fs::write(self.path(other), one).unwrap();
                format!("{part} and {other} are swapped")
            }
            5 => {
                for entry in fs::read_dir(&self.stranger).unwrap() {
                    let from = entry.unwrap();
                    fs::copy(from.path(), self.path(&from.file_name().to_string_lossy())).unwrap();
                }
                "it is another job's".into()
            }
            6 => {
                fs::remove_file(path).unwrap();
                format!("{name} is missing")
            }
            7 => {
                let size = [0, 1, 1 << 40, u64::MAX][below(4)];
                self.forge(|manifest| manifest["parts"][part]["bytes"] = json!(size));
                format!("the manifest says that {part} has {size} bytes")
            }
            8 => {
                // A hole: it takes no room on the disk, and would take all memory.
                File::options().write(true).open(path).unwrap().set_len(1 << 40).unwrap();
                format!("{name} has a terabyte")
            }
            9 => {
                let mut bytes = fs::read(self.path(part)).unwrap();
                let size = [u64::MAX, 1 << 40, 7, 0][below(4)];
                bytes[..8].copy_from_slice(&size.to_le_bytes());
                self.forge_part(part, &bytes);
                format!("{part} says that its header has {size} bytes")
            }
            _ => {
                fs::remove_dir_all(self.newest()).unwrap();
                fs::write(self.newest(), "a file").unwrap();
                "it is a file".into()
            }
        }
    }
}

#[test]
fn a_checkpoint_comes_back_as_it_was_written() {
    let bench = Bench::new();
    let earlier = bench.load();
    assert!(earlier.damaged.is_empty(), "{:?}", earlier.damaged);
    let loaded = earlier.loaded.unwrap();
    assert_eq!((loaded.epochs, loaded.counters.step, loaded.counters.loss_sum), (10, 41, 0.1 * 41.0));
    assert_eq!((loaded.weights, loaded.best), (weights(41), weights(141)));
}

#[test]
fn every_damage_is_found_and_the_checkpoint_before_it_used() {
    let bench = Bench::new();
    for seed in 0..1_100 {
        let how = bench.damage(seed);
        let earlier = bench.load();
        assert_eq!(earlier.damaged.len(), 1, "seed {seed}: {how}");
        let (name, why) = &earlier.damaged[0];
        assert!(name == "a1-e0-s41" && why.len() < 300, "seed {seed}: {name} {why}");
        let loaded = earlier.loaded.unwrap();
        assert_eq!(loaded.counters.step, 40, "seed {seed}: {how}");
        assert_eq!((loaded.weights, loaded.best), (weights(40), weights(140)), "seed {seed}: {how}");
        bench.restore();
    }
    assert!(bench.load().damaged.is_empty(), "all is well without damage");
}

#[test]
fn a_checkpoint_of_another_version_is_refused_with_the_reason() {
    let bench = Bench::new();
    bench.forge(|manifest| manifest["format_version"] = json!(1));
    assert_eq!(bench.load().damaged[0].1, "it has format version 1, not 2");
}

#[test]
fn what_earlier_attempts_left_unrecorded_is_swept_and_what_later_ones_wrote_is_not() {
    let bench = Bench::new();
    let directory = bench.newest().parent().unwrap();
    for name in ["a1-e0-s42", "a1-e0-s43.part", "a2-e1-s50", "a3-e1-s50", "notes"] {
        fs::create_dir(directory.join(name)).unwrap();
    }
    bench.load();
    let mut left: Vec<_> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    left.sort();
    assert_eq!(left, ["a1-e0-s40", "a1-e0-s41", "a2-e1-s50", "a3-e1-s50", "notes"]);
}
