//! Trained models.

use domain::model::ModelView;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

use crate::{
    api::models::list_models,
    components::{format, loaded::loaded},
};

#[component]
pub fn Models() -> impl IntoView {
    let resource = Resource::new_blocking(|| (), |()| list_models());
    view! {
        <Title text="Models" />
        <div class="head"><h1>"Models"</h1></div>
        {loaded(resource, "Models", |models| view! { <List models /> })}
    }
}

#[component]
fn List(models: Vec<ModelView>) -> impl IntoView {
    if models.is_empty() {
        return view! {
            <section class="empty">
                <h2>"No models yet"</h2>
                <p>"A job that completes leaves its model here."</p>
                <p><A href="/train" attr:class="button primary">"Train one"</A></p>
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
        view! {
            <tr>
                <td><A href=format!("/models/{}", model.id)>{model.name.clone()}</A></td>
                <td>{model.info.target.clone()}</td>
                <td class="wide">{model.info.task.as_str()}</td>
                <td class="number strong">{format!("{result} {}", if metric == "accuracy" { "acc" } else { "RMSE" })}</td>
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
                        <th scope="col">"Name"</th>
                        <th scope="col">"Predicts"</th>
                        <th scope="col" class="wide">"Task"</th>
                        <th scope="col" class="number">"Test result"</th>
                        <th scope="col" class="number">"Baseline"</th>
                        <th scope="col" class="number wide">"Bundle"</th>
                        <th scope="col" class="wide">"Trained"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
