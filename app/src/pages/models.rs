//! Trained models.

use domain::model::ModelView;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::{list_page::ListPage, models::list_models},
    components::{
        format,
        list_pages::{ListPages, use_cursor},
        loaded::loaded,
    },
    language::{in_language, translate},
};

#[component]
pub fn Models() -> impl IntoView {
    let cursor = use_cursor();
    let resource = Resource::new_blocking(move || cursor.get(), list_models);
    in_language(move || {
        view! {
            <Title text=t!("Models") />
            <div class="head"><h1>{t!("Models")}</h1></div>
            {loaded(resource, marked!("Models"), |page| view! { <List page /> })}
        }
    })
}

#[component]
fn List(page: ListPage<ModelView>) -> impl IntoView {
    let ListPage { items, beside } = page;
    if items.is_empty() && beside.newer.is_none() {
        return view! {
            <section class="empty">
                <h2>{t!("No models yet")}</h2>
                <p>{t!("A job that completes leaves its model here.")}</p>
                <p><A href="/train" attr:class="button primary">{t!("Train one")}</A></p>
            </section>
        }
        .into_any();
    }
    let rows = items.into_iter().map(|model| {
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
        <ListPages beside />
    }
    .into_any()
}
