//! How good the model of a completed job is, beside the baseline.

use domain::{
    JobId,
    job::{JobProgress, JobState},
};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{components::format, live::JobFeed};

/// Metrics in the order in which they are shown.
pub const ORDER: [&str; 8] = ["accuracy", "balanced_accuracy", "f1_macro", "log_loss", "rmse", "mae", "r2", "loss"];

#[component]
pub fn JobResult(id: JobId, feed: JobFeed) -> impl IntoView {
    let done = Memo::new(move |_| {
        feed.status.with(|status| (status.status == JobState::Completed).then(|| (status.model_id, rows(status))))
    });
    move || {
        done.get().map(|(model, rows)| {
            view! {
                <section class="result" aria-label="Result">
                    <div class="section-head">
                        <h2>"Result on the test rows"</h2>
                        <p class="row">
                            {model.map(|model| view! {
                                <a class="button" href=format!("/api/training/{id}/download") download rel="external">"Download the bundle"</a>
                                <A href=format!("/models/{model}") attr:class="button primary">"Use the model"</A>
                            })}
                        </p>
                    </div>
                    <Comparison rows />
                </section>
            }
        })
    }
}

/// Name, model's value, baseline's value.
type Row = (&'static str, f64, Option<f64>);

fn rows(status: &JobProgress) -> Vec<Row> {
    let of = |split: &str, name: &str| status.metrics.get(&format!("{split}_{name}")).copied();
    let known = ORDER.into_iter().filter_map(|name| Some((name, of("test", name)?, of("baseline", name))));
    // The log loss is the loss of a classifier: once is enough.
    let all: Vec<Row> = known.collect();
    let has_log_loss = all.iter().any(|row| row.0 == "log_loss");
    all.into_iter().filter(|row| row.0 != "loss" || !has_log_loss).collect()
}

/// Metrics of a model beside those of the baseline.
#[component]
pub fn Comparison(rows: Vec<Row>) -> impl IntoView {
    let rows = rows.into_iter().map(|(name, model, baseline)| {
        view! {
            <tr>
                <th scope="row">{format::metric_name(name)}</th>
                <td class="number strong">{format::metric(name, model)}</td>
                <td class="number">{baseline.map_or_else(|| "–".to_owned(), |value| format::metric(name, value))}</td>
            </tr>
        }
    });
    view! {
        <table class="comparison">
            <thead>
                <tr>
                    <th scope="col">"Metric"</th>
                    <th scope="col" class="number">"Model"</th>
                    <th scope="col" class="number">"Baseline"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
}
