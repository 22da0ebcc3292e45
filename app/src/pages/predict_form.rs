//! A form made from the model's inputs. It goes by GET, so it works without JavaScript, can be linked to, and keeps what
//! was typed.

use std::collections::BTreeMap;

use domain::{
    job::Task,
    model::{Feature, ModelView, Prediction, Row},
};
use leptos::prelude::*;
use leptos_router::{components::Form, hooks::use_query_map, params::ParamsMap};

use crate::{
    api::{error::UiError, models::predict},
    components::{field::Field, format},
};

/// Query parameters of inputs begin with this, so that no column can be mistaken for something else.
const PREFIX: &str = "x.";

#[component]
pub fn PredictForm(model: ModelView) -> impl IntoView {
    let query = use_query_map();
    let id = model.id;
    let features = StoredValue::new(model.info.features.clone());
    let asked = Memo::new(move |_| query.with(|query| features.with_value(|features| row(query, features))));
    let answer = Resource::new_blocking(
        move || asked.get(),
        move |row| async move {
            match row {
                Some(row) => predict(id, vec![row]).await.map(|answers| answers.into_iter().next()),
                None => Ok(None),
            }
        },
    );
    let wrong = Memo::new(move |_| match answer.get() {
        Some(Err(error)) => error.0.fields,
        _ => BTreeMap::new(),
    });
    if model.info.features.iter().any(|feature| matches!(feature, Feature::Image { .. })) {
        return view! { <ByProgram model /> }.into_any();
    }
    let fields = model.info.features.clone().into_iter().map(move |feature| {
        let typed = query.with_untracked(|query| query.get(&format!("{PREFIX}{}", feature.name()))).unwrap_or_default();
        view! { <Input feature typed wrong /> }
    });
    let target = model.info.target.clone();
    let task = model.info.task;
    view! {
        <section class="predict">
            <h2>{format!("Predict {target}")}</h2>
            <Form method="GET" action="" attr:class="form">
                <div class="predict-fields">{fields.collect_view()}</div>
                <button class="button primary" type="submit">"Predict"</button>
            </Form>
            <Transition fallback=|| ()>
                {move || {
                    let target = target.clone();
                    Suspend::new(async move {
                        match answer.await {
                            Ok(Some(answer)) => view! { <Answer answer target task /> }.into_any(),
                            Ok(None) => ().into_any(),
                            Err(UiError(error)) => view! { <p class="alert" role="alert">{error.message}</p> }.into_any(),
                        }
                    })
                }}
            </Transition>
            <details class="api">
                <summary>"From a program"</summary>
                <pre>{format!("curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' \\\n  -d '{{\"rows\": [{}]}}' <server>/api/models/{id}/predict", example(&model.info.features))}</pre>
            </details>
        </section>
    }
    .into_any()
}

/// How a model is asked that looks at images, which do not fit into an address.
#[component]
fn ByProgram(model: ModelView) -> impl IntoView {
    let names: Vec<String> = model.info.features.iter().map(|feature| feature.name().to_owned()).collect();
    let (name, id) = (names.join(", "), model.id);
    view! {
        <section class="predict">
            <h2>{format!("Predict {}", model.info.target)}</h2>
            <p class="sub">"This model looks at images. Send it the bytes of an image's file in base64:"</p>
            <pre>
                {format!(
                    "printf '{{\"rows\": [{{\"{name}\": \"%s\"}}]}}' \"$(base64 < photo.jpg | tr -d '\\n')\" | \\\n  curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' \\\n  -d @- <server>/api/models/{id}/predict",
                )}
            </pre>
        </section>
    }
}

/// What was asked; `None` before anything was.
fn row(query: &ParamsMap, features: &[Feature]) -> Option<Row> {
    let typed: Vec<(String, Option<String>)> = features
        .iter()
        .map(|feature| (feature.name().to_owned(), query.get(&format!("{PREFIX}{}", feature.name()))))
        .collect();
    typed.iter().any(|(_, value)| value.is_some()).then(|| {
        typed
            .into_iter()
            .map(|(name, value)| {
                let value = value.filter(|value| !value.trim().is_empty());
                (name, value.map_or(serde_json::Value::Null, serde_json::Value::String))
            })
            .collect()
    })
}

/// A row as JSON, with the mean or the most frequent word of each input.
fn example(features: &[Feature]) -> String {
    let row: Row = features
        .iter()
        .take(4)
        .map(|feature| match feature {
            Feature::Numeric { name, mean, .. } => (name.clone(), serde_json::json!((mean * 100.0).round() / 100.0)),
            Feature::Categorical { name, choices } => (name.clone(), serde_json::json!(choices.first())),
            Feature::Text { name, .. } | Feature::Image { name, .. } => (name.clone(), serde_json::json!("...")),
        })
        .collect();
    serde_json::to_string(&row).unwrap_or_default()
}

#[component]
fn Input(feature: Feature, typed: String, wrong: Memo<BTreeMap<String, String>>) -> impl IntoView {
    let name = feature.name().to_owned();
    let id = format!("in-{name}");
    let key = format!("rows[0].{name}");
    let error = Signal::derive(move || wrong.with(|wrong| wrong.get(&key).cloned()));
    match feature {
        Feature::Text { max_tokens, .. } => {
            let hint = format!("The first {max_tokens} words are read.");
            view! {
                <Field label=name.clone() for_id=id.clone() hint error>
                    <textarea id=id name=format!("{PREFIX}{name}") rows="6">{typed}</textarea>
                </Field>
            }
            .into_any()
        }
        // Not in this form: see `ByProgram`.
        Feature::Image { .. } => ().into_any(),
        Feature::Numeric { min, max, mean, .. } => {
            let hint = format!("{} to {}", format::number(min), format::number(max));
            view! {
                <Field label=name.clone() for_id=id.clone() hint error>
                    <input id=id name=format!("{PREFIX}{name}") inputmode="decimal" value=typed placeholder=format::number(mean) />
                </Field>
            }
            .into_any()
        }
        Feature::Categorical { choices, .. } => {
            let options = choices.into_iter().map(move |choice| {
                let (value, chosen) = (choice.clone(), choice == typed);
                view! { <option value=value selected=chosen>{choice}</option> }
            });
            view! {
                <Field label=name.clone() for_id=id.clone() error>
                    <select id=id name=format!("{PREFIX}{name}")>
                        <option value="">"(unknown)"</option>
                        {options.collect_view()}
                    </select>
                </Field>
            }
            .into_any()
        }
    }
}

#[component]
fn Answer(answer: Prediction, target: String, task: Task) -> impl IntoView {
    match answer {
        Prediction::Value { value } => view! {
            <div class="prediction" data-testid="prediction" role="status">
                <p class="sub">{target}</p>
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
                        <span>{class}</span>
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
                    <p class="sub">{target}</p>
                    <p class="prediction-value">{label}</p>
                    <ul class="bars">{bars.collect_view()}</ul>
                </div>
            }
            .into_any()
        }
    }
}
