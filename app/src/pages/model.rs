//! One model: ask it, download it, judge it.

use domain::{ModelId, model::ModelView};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::predict::PredictForm;
use crate::{
    api::{
        error::UiError,
        models::{DeleteModel, get_model},
    },
    components::{
        error::{FormAlert, FormError},
        format,
        loaded::loaded,
        report::{Measured, comparison, figures},
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
    let rows = Measured::of_model(&model);
    let judged = format!("On {} that the training never saw.", format::counted(evaluation.test_rows, "row", "rows"));
    view! {
        <Title text=name.clone() />
        <div class="head">
            <div>
                <h1>{name}</h1>
                <p class="sub">{facts}</p>
            </div>
            <p class="row">
                <A href=format!("/jobs/{}", model.job_id) attr:class="button">"Training job"</A>
                <A href=format!("/train?from={id}") attr:class="button">"Train further"</A>
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
                {comparison(rows)}
            </section>
        </div>
        {figures(model)}
        <Delete id />
    }
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
