//! Cross-validation: each metric on all parts of the rows.

use domain::report::CrossValidation;
use leptos::prelude::*;

use super::{
    card::{Numbers, card},
    comparison::ORDER,
};
use crate::components::format;

pub fn folds(found: CrossValidation) -> AnyView {
    let CrossValidation { folds, metrics } = found;
    let rows = ORDER.iter().filter_map(|name| {
        let metric = metrics.get(*name)?;
        let show = |value: f64| format::metric(name, value);
        let deviation = if format::is_share(name) {
            // In points of a hundred, as the mean is.
            format!("± {}", format::share(metric.std))
        } else {
            format!("± {}", format::significant(metric.std, 3))
        };
        let each: Vec<String> = metric.values.iter().map(|value| show(*value)).collect();
        Some(vec![format::metric_name(name), show(metric.mean), deviation, each.join(t!(" · "))])
    });
    let numbers = Numbers {
        caption: t!("Metrics of all folds").to_owned(),
        head: [t!("Metric"), t!("Mean"), t!("Deviation"), t!("Fold by fold")].map(str::to_owned).into(),
        rows: rows.collect(),
    };
    let note = t!(
        "{folds} more models were trained in the same way, each judged on a part of the rows that it did not see.",
        folds = format::digits(folds.to_string())
    );
    card("card folds", t!("Cross-validation").to_owned(), note, vec![numbers.shown()])
}
