//! What a model said of one row.

use domain::{job::Task, model::Prediction};
use leptos::prelude::*;

use crate::{api::error::UiError, components::format, language::said};

/// An answer, a refusal, or nothing when nothing was asked.
pub(super) fn outcome(answer: Result<Option<Prediction>, UiError>, target: String, task: Task) -> AnyView {
    match answer {
        Ok(Some(answer)) => view! { <Answer answer target task /> }.into_any(),
        Ok(None) => ().into_any(),
        Err(UiError(error)) => {
            let inputs = error.fields.values().map(|why| said(why)).collect::<Vec<_>>().join(" ");
            let text = if inputs.is_empty() { said(&error.message) } else { inputs };
            view! { <p class="alert" role="alert">{text}</p> }.into_any()
        }
    }
}

#[component]
fn Answer(answer: Prediction, target: String, task: Task) -> impl IntoView {
    match answer {
        Prediction::Value { value } => view! {
            <div class="prediction" data-testid="prediction" role="status">
                <p class="sub"><bdi>{target}</bdi></p>
                <p class="prediction-value">{format::number(value)}</p>
            </div>
        }
        .into_any(),
        Prediction::Label { label, probabilities } => {
            let mut ranked: Vec<(String, f64)> = probabilities.into_iter().collect();
            ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
            let shown = if task == Task::Binary { 2 } else { 5 };
            let bars = ranked.into_iter().take(shown).map(|(class, share)| {
                view! {
                    <li>
                        <span dir="auto">{class}</span>
                        <svg width="100%" height="8" aria-hidden="true">
                            <rect class="bar-track" width="100%" height="8" rx="4"></rect>
                            <rect class="bar-fill" width=format!("{:.2}%", share * 100.0) height="8" rx="4"></rect>
                        </svg>
                        <b>{format::share(share)}</b>
                    </li>
                }
            });
            view! {
                <div class="prediction" data-testid="prediction" role="status">
                    <p class="sub"><bdi>{target}</bdi></p>
                    <p class="prediction-value"><bdi>{label}</bdi></p>
                    <ul class="bars">{bars.collect_view()}</ul>
                </div>
            }
            .into_any()
        }
    }
}
