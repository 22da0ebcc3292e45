//! The metrics of a model: what it reaches, how sure that is, and what a baseline reaches that knows only the training
//! targets.

use std::collections::BTreeMap;

use domain::{
    model::ModelView,
    report::{Interval, Report},
};
use leptos::prelude::*;

use crate::components::format;

/// Metrics in the order in which they are shown.
pub(super) const ORDER: [&str; 13] = [
    "accuracy",
    "balanced_accuracy",
    "f1_macro",
    "f1_weighted",
    "roc_auc",
    "pr_auc",
    "mcc",
    "log_loss",
    "ece",
    "rmse",
    "mae",
    "median_ae",
    "r2",
];

/// One metric on the test rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    name: &'static str,
    value: f64,
    interval: Option<Interval>,
    baseline: Option<f64>,
}

impl Measured {
    /// Those of a model, with intervals where it has a report.
    pub fn of_model(model: &ModelView) -> Vec<Self> {
        let report = model.report.as_deref();
        let evaluation = &model.info.evaluation;
        all(report, |name| evaluation.metrics.get(name).copied(), |name| evaluation.baseline.get(name).copied())
    }

    /// Those of a finished job: `test_accuracy`, `baseline_accuracy`.
    pub fn of_job(metrics: &BTreeMap<String, f64>) -> Vec<Self> {
        let of = |split: &'static str| move |name: &str| metrics.get(&format!("{split}_{name}")).copied();
        all(None, of("test"), of("baseline"))
    }

    /// What the row's picture goes from and to.
    fn extent(&self) -> (f64, f64) {
        let numbers =
            [Some(self.value), self.baseline, self.interval.map(|it| it.low), self.interval.map(|it| it.high)];
        let numbers = numbers.into_iter().flatten();
        match self.name {
            "rmse" | "mae" | "median_ae" | "log_loss" => (0.0, numbers.fold(0.0, f64::max).max(f64::MIN_POSITIVE)),
            "mcc" | "r2" => (numbers.fold(0.0, f64::min), 1.0),
            _ => (0.0, 1.0),
        }
    }
}

fn all(
    report: Option<&Report>,
    value: impl Fn(&str) -> Option<f64>,
    baseline: impl Fn(&str) -> Option<f64>,
) -> Vec<Measured> {
    let interval = |name: &str| report.and_then(|report| report.intervals.get(name)).copied();
    let known = |name| Some(Measured { name, value: value(name)?, interval: interval(name), baseline: baseline(name) });
    ORDER.into_iter().filter_map(known).collect()
}

/// Metrics of a model beside those of the baseline.
pub fn comparison(rows: Vec<Measured>) -> AnyView {
    let has_intervals = rows.iter().any(|row| row.interval.is_some());
    let row = |row: Measured| {
        let show = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| format::metric(row.name, value));
        let mut cells = vec![("strong", show(Some(row.value)))];
        if has_intervals {
            cells.push(("", row.interval.map_or_else(|| "–".to_owned(), |found| between(row.name, found))));
        }
        cells.push(("", show(row.baseline)));
        let cells: Vec<_> = cells.into_iter().map(|(class, text)| view! { <td class=class>{text}</td> }).collect();
        view! {
            <tr>
                <th scope="row">{format::metric_name(row.name)}</th>
                {cells}
                <td class="whisker-cell">{has_intervals.then(|| whisker(&row))}</td>
            </tr>
        }
    };
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    let interval = has_intervals.then(|| t!("95% interval"));
    let names = [Some(t!("Metric")), Some(t!("Model")), interval, Some(t!("Baseline"))];
    let head: Vec<_> = names.into_iter().flatten().map(|name| view! { <th scope="col">{name}</th> }).collect();
    let legend = has_intervals.then(|| {
        view! {
            <span class="whisker-legend" aria-hidden="true">
                <svg width="18" height="10">
                    <line class="whisker" x1="3" x2="15" y1="5" y2="5"></line>
                    <line class="whisker-value" x1="9" x2="9" y1="5" y2="5"></line>
                </svg>
                {t!("model")}
                <svg width="8" height="12"><line class="whisker-baseline" x1="4" x2="4" y1="0" y2="12"></line></svg>
                {t!("baseline")}
            </span>
        }
    });
    view! {
        <table class="numbers comparison">
            <thead><tr>{head}<td class="whisker-cell">{legend}</td></tr></thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// `91.2–98.4%`, `0.031–0.087`; one number where both ends look the same.
fn between(name: &str, Interval { low, high }: Interval) -> String {
    let [low, high] =
        [low, high].map(|end| if format::is_share(name) { format::share(end) } else { format::significant(end, 3) });
    if low == high {
        return low;
    }
    // A dash beside a minus is a riddle.
    if low.contains('−') {
        return t!("{from} to {to}", from = low, to = high);
    }
    t!("{low}–{high}", low = low.trim_end_matches(['%', '٪']), high = high)
}

/// The value in its interval, and where the baseline lies. The numbers beside it say the same.
fn whisker(row: &Measured) -> impl IntoView + use<> {
    let (from, to) = row.extent();
    let at = |value: f64| format!("{:.2}%", ((value - from) / (to - from)).clamp(0.0, 1.0) * 100.0);
    let mut lines = vec![("whisker-track", "0".to_owned(), "100%".to_owned(), "8", "8")];
    lines.extend(row.baseline.map(|value| ("whisker-baseline", at(value), at(value), "2", "14")));
    lines.extend(row.interval.map(|found| ("whisker", at(found.low), at(found.high), "8", "8")));
    // A line of no length is a dot, by its round ends.
    lines.push(("whisker-value", at(row.value), at(row.value), "8", "8"));
    let line = |(class, x1, x2, y1, y2)| view! { <line class=class x1=x1 x2=x2 y1=y1 y2=y2></line> };
    let lines: Vec<_> = lines.into_iter().map(line).collect();
    view! { <svg class="whiskers" width="100%" height="16" aria-hidden="true">{lines}</svg> }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use domain::report::Interval;

    use super::{Measured, between};

    #[test]
    fn intervals_are_short() {
        let pairs = [
            ("accuracy", 0.912, 0.984, "91.2–98.4%"),
            ("accuracy", 0.999_8, 1.0, "100%"),
            ("log_loss", 0.031_24, 0.087_11, "0.0312–0.0871"),
            ("r2", -0.25, 0.5, "−0.25 to 0.5"),
        ];
        for (name, low, high, text) in pairs {
            assert_eq!(between(name, Interval { low, high }), text);
        }
    }

    #[test]
    fn a_job_has_its_test_metrics_beside_the_baseline() {
        let metrics = [("test_rmse", 2.0), ("baseline_rmse", 8.0), ("test_loss", 1.0), ("train_loss", 0.5)];
        let metrics = metrics.map(|(name, value)| (name.to_owned(), value));
        let found = Measured::of_job(&BTreeMap::from(metrics));
        assert_eq!(found, [Measured { name: "rmse", value: 2.0, interval: None, baseline: Some(8.0) }]);
        assert_eq!(found[0].extent(), (0.0, 8.0));
    }
}
