//! A table with everything that a model's encoder has to do: numbers of all sizes, words, truth values, gaps.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::random::Random;

pub(super) const FEATURES: [&str; 6] = ["small", "large", "city", "member", "label", "part"];
/// A number, two classes, three classes.
pub(super) const TARGETS: [&str; 3] = ["price", "bought", "kind"];

/// So many that a network has numbers for each.
const PARTS: usize = 120;
const CITIES: [&str; 5] = ["Oslo", "Köln", "New York, NY", "تهران", "San \"Fran\""];

/// Rows with targets that depend on the features, as CSV.
pub(super) fn training(rows: usize) -> String {
    let mut random = Random::new(7);
    let mut table = format!("{},{}\n", FEATURES.join(","), TARGETS.join(","));
    for _ in 0..rows {
        let row = Row::draw(&mut random);
        let part = row.part as f64 / PARTS as f64;
        let score =
            row.small.unwrap_or(0.5) + row.large / 20_000.0 + row.city as f64 / 5.0 + f64::from(row.member) + part;
        let (price, bought) = (score * 40.0 - 20.0, if score > 1.6 { "yes" } else { "no" });
        let kind = ["alpha", "beta", "gamma"][(score * 1.2) as usize % 3];
        let small = row.small.map_or_else(String::new, |small| small.to_string());
        let city = CITIES.get(row.city).map_or_else(String::new, |city| format!("\"{}\"", city.replace('"', "\"\"")));
        // Writing to a String cannot fail.
        let _ = writeln!(
            table,
            "{small},{},{city},{},{},p{},{price},{bought},{kind}",
            row.large, row.member, row.label, row.part
        );
    }
    table
}

/// Rows to predict; some cells are missing, and some words were never seen.
pub(super) fn rows(count: usize) -> Value {
    let mut random = Random::new(8);
    let row = |_| {
        let row = Row::draw(&mut random);
        let city = if random.below(20) == 0 { Some("Atlantis") } else { CITIES.get(row.city).copied() };
        // Some parts that nobody has heard of.
        let part = format!("p{}", row.part + if random.below(10) == 0 { PARTS } else { 0 });
        json!({"small": row.small, "large": row.large, "city": city, "member": row.member, "label": row.label, "part": part})
    };
    (0..count).map(row).collect()
}

struct Row {
    small: Option<f64>,
    large: f64,
    /// Beyond the last one: missing.
    city: usize,
    member: bool,
    /// Named as one of a graph's outputs.
    label: String,
    part: usize,
}

impl Row {
    fn draw(random: &mut Random) -> Self {
        let mut unit = || random.below(1 << 20) as f64 / f64::from(1 << 20);
        let (small, large) = (unit(), (unit() * 20_000.0).round());
        Self {
            small: (random.below(10) > 0).then_some(small),
            large,
            city: random.below(CITIES.len() + 1),
            member: random.below(2) == 0,
            label: format!("l{}", random.below(4)),
            part: random.below(PARTS),
        }
    }
}
