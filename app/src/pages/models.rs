//! Trained models.

use domain::model::ModelView;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::models::list_models,
    components::{format, loaded::loaded},
    language::{in_language, translate},
};

#[component]
pub fn Models() -> impl IntoView {
    let resource = Resource::new_blocking(|| (), |()| list_models());
    in_language(move || {
        view! {
            <Title text=t!("Models") />
            <div class="head"><h1>{t!("Models")}</h1></div>
            {loaded(resource, marked!("Models"), |models| view! { <List models /> })}
        }
    })
}

#[component]
fn List(models: Vec<ModelView>) -> impl IntoView {
    if models.is_empty() {
        return view! {
            <section class="empty">
                <h2>{t!("No models yet")}</h2>
                <p>{t!("A job that completes leaves its model here.")}</p>
                <p><A href="/train" attr:class="button primary">{t!("Train one")}</A></p>
            </section>
        }
        .into_any();
    }
    let rows = models.into_iter().map(|model| {
        let metric = model.info.task.headline_metric();
        let value = |of: &std::collections::BTreeMap<String, f64>| {
            of.get(metric).map_or_else(|| "–".to_owned(), |value| format::metric(metric, *value))
        };
        let (result, baseline) = (value(&model.metrics), value(&model.info.evaluation.baseline));
        let result = match metric {
            "accuracy" => t!("{result} acc", result = result),
            _ => t!("{result} RMSE", result = result),
        };
        view! {
            <tr>
                <td><A href=format!("/models/{}", model.id)><bdi>{model.name.clone()}</bdi></A></td>
                <td><bdi>{model.info.target.clone()}</bdi></td>
                <td class="wide">{translate(model.info.task.as_str())}</td>
                <td class="number strong">{result}</td>
                <td class="number">{baseline}</td>
                <td class="number wide">{format::bytes(model.size_bytes)}</td>
                <td class="wide">{format::moment(model.created_at)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t!("Name")}</th>
                        <th scope="col">{t!("Predicts")}</th>
                        <th scope="col" class="wide">{t!("Task")}</th>
                        <th scope="col" class="number">{t!("Test result")}</th>
                        <th scope="col" class="number">{t!("Baseline")}</th>
                        <th scope="col" class="number wide">{t!("Bundle")}</th>
                        <th scope="col" class="wide">{t!("Trained")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
