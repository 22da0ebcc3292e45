//! One model: ask it, download it, judge it.

use domain::{ModelId, model::ModelView};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::{
    job_result::{Comparison, ORDER},
    predict_form::PredictForm,
};
use crate::{
    api::{
        error::UiError,
        models::{DeleteModel, get_model},
    },
    components::{
        error::{FormAlert, FormError},
        format,
        loaded::loaded,
    },
};

#[component]
pub fn ModelPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default().parse::<ModelId>().ok());
    let resource = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_model(id).await,
                None => Err(UiError(domain::ApiError::not_found("model"))),
            }
        },
    );
    loaded(resource, "Model", |model| view! { <Content model /> })
}

#[component]
fn Content(model: ModelView) -> impl IntoView {
    let (id, name) = (model.id, model.name.clone());
    let evaluation = model.info.evaluation.clone();
    let facts = format!(
        "predicts {} · {} · {} parameters · trained on {}",
        model.info.target,
        model.info.task.as_str(),
        format::count(model.info.parameters),
        format::counted(evaluation.train_rows, "row", "rows"),
    );
    let rows = ORDER
        .into_iter()
        .filter(|name| *name != "loss")
        .filter_map(|name| Some((name, *evaluation.metrics.get(name)?, evaluation.baseline.get(name).copied())))
        .collect::<Vec<_>>();
    let judged = format!("On {} that the training never saw.", format::counted(evaluation.test_rows, "row", "rows"));
    let confusion = evaluation.confusion.clone().map(|counts| (model.info.classes.clone(), counts));
    view! {
        <Title text=name.clone() />
        <div class="head">
            <div>
                <h1>{name}</h1>
                <p class="sub">{facts}</p>
            </div>
            <p class="row">
                <A href=format!("/jobs/{}", model.job_id) attr:class="button">"Training job"</A>
                <a class="button" href=format!("/api/models/{id}/download") download rel="external">
                    {format!("Download ({})", format::bytes(model.size_bytes))}
                </a>
            </p>
        </div>
        <div class="columns-2 model">
            <PredictForm model=model.clone() />
            <section>
                <h2>"How good it is"</h2>
                <p class="sub">{judged}</p>
                <Comparison rows />
                {confusion.map(|(classes, counts)| view! { <Confusion classes counts /> })}
            </section>
        </div>
        <Delete id />
    }
}

#[component]
fn Confusion(classes: Vec<String>, counts: Vec<Vec<u64>>) -> impl IntoView {
    // A large matrix is no picture any more; it is in the bundle.
    if classes.len() > 12 {
        return ().into_any();
    }
    let head = classes.clone().into_iter().map(|class| view! { <th scope="col" class="number">{class}</th> });
    let rows = classes.into_iter().zip(counts).enumerate().map(|(at, (class, row))| {
        let cells = row.into_iter().enumerate().map(move |(predicted, count)| {
            let class = match (predicted == at, count) {
                (true, _) => "number right",
                (false, 0) => "number none",
                (false, _) => "number off",
            };
            view! { <td class=class>{format::count(count)}</td> }
        });
        view! { <tr><th scope="row">{class}</th>{cells.collect_view()}</tr> }
    });
    view! {
        <h3>"Confusion"</h3>
        <p class="sub" id="confusion-axes">"Rows are true classes, columns what the model said."</p>
        <div class="table-scroll fit">
            <table class="confusion" aria-describedby="confusion-axes">
                <thead><tr><td></td>{head.collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

#[component]
fn Delete(id: ModelId) -> impl IntoView {
    let delete = ServerAction::<DeleteModel>::new();
    view! {
        <details class="danger">
            <summary>"Delete model"</summary>
            <p>"Its files go; the job and its curves stay."</p>
            <ActionForm action=delete>
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button dangerous" type="submit">"Yes, delete"</button>
            </ActionForm>
            <FormAlert error=FormError::of(delete) />
        </details>
    }
}
