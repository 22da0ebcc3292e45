//! Texts with everything that tokens have to do: capitals, marks, other scripts, words nobody knows, nothing at all.

use serde_json::{Value, json};

use crate::random::Random;

/// Of the sample that a model learns from.
pub(super) const COLUMN: &str = "message";

const WORDS: [&str; 24] = [
    "my",
    "MY",
    "Lamp",
    "the",
    "invoice",
    "password",
    "delivery",
    "stopped",
    "working",
    "thanks!",
    "it's",
    "don't",
    "(twice)",
    "12.50",
    "really?!",
    "account",
    "zyzzyva",
    "Tomás",
    "سلام",
    "東京",
    "snake_case",
    "a,b",
    "\"quoted\"",
    "\n",
];

pub(super) fn model() -> Value {
    json!({"kind": "transformer", "width": 24, "heads": 3, "feed_forward": 48, "layers": 2, "max_tokens": 40, "dropout": 0.1})
}

/// Of none to sixty words: some are longer than a model reads.
pub(super) fn rows(count: usize) -> Value {
    let mut random = Random::new(9);
    let mut row = |_| {
        let words = (0..random.below(61)).map(|_| WORDS[random.below(WORDS.len())]).collect::<Vec<_>>();
        json!({ COLUMN: words.join(" ") })
    };
    (0..count).map(&mut row).collect()
}
