//! What is trained: a few tables and specs, small and with fixed seeds, and what may be done with a job on the way.

use std::fmt::Write;

use serde_json::{Value, json};

/// A table and a way to train on it. The same spec gives the same weights, whoever interrupts it.
#[derive(Debug)]
pub(super) struct Spec {
    pub(super) name: &'static str,
    pub(super) table: &'static str,
    model: &'static str,
    optimizer: &'static str,
    lr: f64,
    batch: u32,
    pub(super) epochs: u32,
    /// Epochs in all when it is continued.
    pub(super) continued: u32,
    seed: u64,
}

pub(super) const SPECS: &[Spec] = &[
    Spec {
        name: "wave",
        table: "wave",
        model: "small",
        optimizer: "adam",
        lr: 0.003,
        batch: 32,
        epochs: 40,
        continued: 55,
        seed: 1,
    },
    Spec {
        name: "wave-sgd",
        table: "wave",
        model: "wide",
        optimizer: "sgd",
        lr: 0.01,
        batch: 24,
        epochs: 30,
        continued: 40,
        seed: 2,
    },
    Spec {
        name: "kinds",
        table: "kinds",
        model: "small",
        optimizer: "adamw",
        lr: 0.003,
        batch: 32,
        epochs: 45,
        continued: 60,
        seed: 3,
    },
    Spec {
        name: "kinds-drop",
        table: "kinds",
        model: "dropout",
        optimizer: "adam",
        lr: 0.003,
        batch: 48,
        epochs: 50,
        continued: 70,
        seed: 4,
    },
];

/// Diverges in its first epoch, at every attempt.
pub(super) const BAD: Spec = Spec {
    name: "bad",
    table: "huge",
    model: "small",
    optimizer: "sgd",
    lr: 10.0,
    batch: 16,
    epochs: 20,
    continued: 20,
    seed: 5,
};

pub(super) const TABLES: &[&str] = &["wave", "kinds", "huge"];

impl Spec {
    /// The body of a submission.
    pub(super) fn request(&self, name: &str, epochs: u32) -> Value {
        let model = match self.model {
            "wide" => json!({"kind": "mlp", "hidden": [96, 48], "activation": "tanh"}),
            "dropout" => json!({"kind": "mlp", "hidden": [32], "dropout": 0.2}),
            _ => json!({"kind": "mlp", "hidden": [24, 12]}),
        };
        json!({
            "dataset": self.table, "name": name, "target": "y", "model": model, "optimizer": self.optimizer,
            "lr": self.lr, "batch_size": self.batch, "epochs": epochs, "early_stopping": false, "seed": self.seed,
        })
    }
}

/// A row to ask a model about.
pub(super) fn row() -> Value {
    json!({"rows": [{"a": 1.5, "b": -0.5, "c": "north"}]})
}

/// The content of a table.
pub(super) fn table(name: &str) -> String {
    let mut table = String::from("a,b,c,y\n");
    let places = ["north", "south", "west"];
    for row in 0..200_usize {
        let (a, b) = ((row * 37 % 101) as f64 / 10.0 - 5.0, (row * 53 % 89) as f64 / 10.0 - 4.0);
        let place = places[row % 3];
        let y = match name {
            "kinds" if a + b > 1.0 => "high".to_owned(),
            "kinds" if a > b => "middle".to_owned(),
            "kinds" => "low".to_owned(),
            "huge" => format!("{}", (a * b + 1.0) * 1e20),
            _ => format!("{:.4}", a.sin() * 3.0 + b * 0.5 + (row % 3) as f64),
        };
        // Writing to a String cannot fail.
        let _ = writeln!(table, "{a},{b},{place},{y}");
    }
    table
}

/// What somebody does with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Script {
    /// Waits for its end.
    Plain,
    /// Stops it on the way, then lets it go on.
    StopAndResume,
    /// Stops it for good.
    Stop,
    /// Lets it go on for more epochs once it is completed.
    Continue,
    /// Trains the same again.
    Clone,
    /// Submits it several times at once, with one key.
    Burst,
    /// Must fail because of its data.
    Bad,
}

/// One of each, so that no round misses one.
pub(super) const SCRIPTS: &[Script] =
    &[Script::Plain, Script::StopAndResume, Script::Continue, Script::Burst, Script::Stop, Script::Clone, Script::Bad];

#[cfg(test)]
mod tests {
    use super::{TABLES, table};

    #[test]
    fn tables_are_not_small_and_differ() {
        let tables: Vec<String> = TABLES.iter().map(|name| table(name)).collect();
        assert!(tables.iter().all(|table| table.lines().count() == 201));
        assert!(tables[0] != tables[1] && tables[1] != tables[2]);
    }
}
