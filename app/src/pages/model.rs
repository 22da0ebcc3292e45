//! One model: ask it, download it, judge it.

use domain::{ModelId, model::ModelView};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::predict::{PredictForm, provide_places};
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
        toast::say_when_done,
    },
    language::{in_language, translate},
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
    provide_places();
    in_language(move || loaded(resource, marked!("Model"), |model| view! { <Content model /> }))
}

#[component]
fn Content(model: ModelView) -> impl IntoView {
    let (id, name) = (model.id, model.name.clone());
    let deleted = name.clone();
    let evaluation = model.info.evaluation.clone();
    let facts = t!(
        "predicts {target} · {task} · {parameters} parameters · trained on {rows}",
        target = model.info.target,
        task = translate(model.info.task.as_str()),
        parameters = format::count(model.info.parameters),
        rows = format::counted(evaluation.train_rows, t!("row"), t!("rows")),
    );
    let rows = Measured::of_model(&model);
    let tested = format::counted(evaluation.test_rows, t!("row"), t!("rows"));
    let judged = t!("On {rows} that the training never saw.", rows = tested);
    view! {
        <Title text=name.clone() />
        <div class="head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="sub">{facts}</p>
            </div>
            <p class="row">
                <A href=format!("/jobs/{}", model.job_id) attr:class="button">{t!("Training job")}</A>
                <A href=format!("/train?from={id}") attr:class="button">{t!("Train further")}</A>
                <a class="button" href=format!("/api/models/{id}/download") download rel="external">
                    {t!("Download ({size})", size = format::bytes(model.size_bytes))}
                </a>
            </p>
        </div>
        <div class="columns-2 model">
            <PredictForm model=model.clone() />
            <section>
                <h2>{t!("How good it is")}</h2>
                <p class="sub">{judged}</p>
                {comparison(rows)}
            </section>
        </div>
        {figures(model)}
        <Delete id name=deleted />
    }
}

#[component]
fn Delete(id: ModelId, name: String) -> impl IntoView {
    let delete = ServerAction::<DeleteModel>::new();
    say_when_done(delete, move || t!("Model {name} deleted.", name = name));
    view! {
        <details class="danger">
            <summary>{t!("Delete model")}</summary>
            <p>{t!("Its files go; the job and its curves stay.")}</p>
            <ActionForm action=delete>
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button dangerous" type="submit">{t!("Yes, delete")}</button>
            </ActionForm>
            <FormAlert error=FormError::of(delete) />
        </details>
    }
}
