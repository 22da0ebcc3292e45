//! How good a model is class by class.

use domain::report::ClassScores;
use leptos::prelude::*;

use super::card::{Numbers, card};
use crate::{components::format, language::isolated};

pub fn class_table(classes: Vec<ClassScores>) -> AnyView {
    let share = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), format::share);
    let rows = classes.into_iter().map(|scores| {
        let ClassScores { class, rows, precision, recall, f1, .. } = scores;
        vec![isolated(&class), format::count(rows), share(precision), share(recall), share(f1)]
    });
    let numbers = Numbers {
        caption: t!("Class by class").to_owned(),
        head: [t!("Class"), t!("Rows"), t!("Precision"), t!("Recall"), "F1"].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    let note = t!(
        "Precision: how often the model is right when it says the class. Recall: how many rows of the class it finds."
    );
    card("card", t!("Class by class").to_owned(), note.to_owned(), vec![numbers.shown()])
}
