//! How good a model is: the metrics, and the pictures behind them. Everything is in the server's document, so that it is there
//! without JavaScript; what is drawn is also said in words or in a table.

mod calibration;
mod card;
mod classes;
mod comparison;
mod confusion;
mod curves;
mod errors;
mod folds;
mod importance;

use domain::{model::ModelView, report::Findings};
use leptos::prelude::*;

pub use self::{
    card::{Numbers, card},
    comparison::{Measured, comparison},
};

/// The pictures of a report. Of a model from before there were reports, only the confusion matrix.
pub fn figures(model: ModelView) -> AnyView {
    let ModelView { info, report, .. } = model;
    let confusion = info.evaluation.confusion.map(|counts| confusion::confusion(info.classes.clone(), &counts));
    let row = |class: &'static str, parts: Vec<AnyView>| view! { <div class=class>{parts}</div> }.into_any();
    let mut first: Vec<AnyView> = confusion.into_iter().collect();
    let (mut second, mut folded) = (Vec::new(), None);
    if let Some(report) = report {
        let importance = report.importance.map(importance::importance);
        folded = report.cross_validation.map(folds::folds);
        match report.findings {
            Findings::Classification(found) => {
                let positive = info.classes.get(1).filter(|_| found.classes.len() == 2).map(String::as_str);
                second = curves::curves(&found.curves, positive.is_some());
                second.push(calibration::reliability(&found.calibration, positive));
                first.push(classes::class_table(found.classes));
                if let Some(importance) = importance {
                    // Two tables are about as high as the bars beside them.
                    first = vec![row("report-stack", first), importance];
                }
            }
            Findings::Regression(found) => {
                second.push(errors::predicted_and_actual(&found.pairs, &info.target));
                second.push(errors::residuals(&found.residuals));
                second.extend(importance);
            }
        }
    }
    let rows = [("report-pair", first), ("report-triple", second), ("report-whole", folded.into_iter().collect())];
    let rows = rows.into_iter().filter(|(_, parts)| !parts.is_empty()).map(|(class, parts)| row(class, parts));
    row("report", rows.collect())
}
