//! A form made from the model's inputs. It goes by GET, so it works without JavaScript, can be linked to, and keeps what
//! was typed.

mod answer;
mod file;
mod image;
mod input;
mod place;

use std::collections::BTreeMap;

use domain::{
    latin,
    model::{Feature, ModelView, Row},
};
use leptos::prelude::*;
use leptos_router::{components::Form, hooks::use_query_map, params::ParamsMap};

pub use self::place::provide_places;
use self::{
    answer::outcome,
    file::PredictFile,
    image::PredictImage,
    input::Input,
    place::{Place, Switch},
};

/// Query parameters of inputs begin with this, so that no column can be mistaken for something else.
const PREFIX: &str = "x.";

#[component]
pub fn PredictForm(model: ModelView) -> impl IntoView {
    if model.info.features.iter().any(|feature| matches!(feature, Feature::Image { .. })) {
        return view! { <PredictImage model /> }.into_any();
    }
    let query = use_query_map();
    let (id, place) = (model.id, Place::of(model.id));
    let features = StoredValue::new(model.info.features.clone());
    let asked = Memo::new(move |_| query.with(|query| features.with_value(|features| row(query, features))));
    let answer = Resource::new_blocking(
        move || asked.get(),
        move |row| async move {
            match row {
                Some(row) => place.ask(vec![row]).await.map(|answers| answers.into_iter().next()),
                None => Ok(None),
            }
        },
    );
    let wrong = Memo::new(move |_| match answer.get() {
        Some(Err(error)) => error.0.fields,
        _ => BTreeMap::new(),
    });
    let fields = model.info.features.clone().into_iter().map(move |feature| {
        let typed = query.with_untracked(|query| query.get(&format!("{PREFIX}{}", feature.name()))).unwrap_or_default();
        view! { <Input feature typed wrong /> }
    });
    let target = model.info.target.clone();
    let task = model.info.task;
    view! {
        <section class="predict">
            <h2>{t!("Predict {target}", target = target)}</h2>
            <Switch place parameters=model.info.parameters />
            <Form method="GET" action="" attr:class="form">
                <div class="predict-fields">{fields.collect_view()}</div>
                <button class="button primary" type="submit">{t!("Predict")}</button>
            </Form>
            <Transition fallback=|| ()>
                {move || {
                    let target = target.clone();
                    Suspend::new(async move { outcome(answer.await, target, task) })
                }}
            </Transition>
            <PredictFile place />
            <details class="api">
                <summary>{t!("From a program")}</summary>
                <pre dir="ltr">{format!("curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' \\\n  -d '{{\"rows\": [{}]}}' <server>/api/models/{id}/predict", example(&model.info.features))}</pre>
            </details>
        </section>
    }
    .into_any()
}

/// What was asked; `None` before anything was.
fn row(query: &ParamsMap, features: &[Feature]) -> Option<Row> {
    let typed = features.iter().map(|feature| {
        let typed = query.get(&format!("{PREFIX}{}", feature.name()));
        let typed = if matches!(feature, Feature::Numeric { .. }) { typed.map(|typed| latin(&typed)) } else { typed };
        (feature.name().to_owned(), typed)
    });
    let typed: Vec<(String, Option<String>)> = typed.collect();
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
