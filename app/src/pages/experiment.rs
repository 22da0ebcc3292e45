//! One experiment: its note, and its jobs side by side.

use std::collections::HashSet;

use domain::{ApiError, ExperimentId, comparison::Comparison, experiment::ExperimentView};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::{
    compare::use_live_comparison,
    compare_choice::{Controls, use_choice},
};
use crate::{
    api::{
        error::UiError,
        experiments::{ChangeExperiment, DeleteExperiment, ExperimentContent, fetch_experiment},
        shown::Compared,
    },
    components::{
        compare::{Choice, Comparing, Shared},
        error::{FormAlert, FormError},
        format,
        label_fields::{NameField, NoteField, TagsField},
        loaded::loaded,
        share::{Owner, Share, Shares, use_shares},
        success::successes,
        tags::Tags,
        toast::say_when_done,
    },
    language::in_language,
};

#[component]
pub fn ExperimentPage() -> impl IntoView {
    let params = use_params_map();
    let choice = use_choice();
    let change = ServerAction::<ChangeExperiment>::new();
    let stored = successes(change);
    let id =
        Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default().parse::<ExperimentId>().ok());
    let shares = use_shares(Memo::new(move |_| id.get().map(|id| id.0)));
    let asked = Memo::new(move |_| {
        choice.with(|choice| (id.get(), choice.metric.clone(), choice.split, choice.result.clone(), stored.get()))
    });
    let resource = Resource::new_blocking(
        move || asked.get(),
        |(id, metric, split, result, _)| async move {
            match id {
                Some(id) => fetch_experiment(id, metric, split, result).await,
                None => Err(UiError(ApiError::not_found("experiment"))),
            }
        },
    );
    let hidden = RwSignal::new(HashSet::new());
    loaded(resource, marked!("Experiment"), move |ExperimentContent { experiment, note_html, compared }| {
        let Compared { comparison, metrics } = compared;
        let comparison = use_live_comparison(comparison, choice.get_untracked().result);
        let shared = Shared::new(comparison, choice.into(), hidden);
        in_language(move || {
            let (experiment, note_html, metrics) = (experiment.clone(), note_html.clone(), metrics.clone());
            view! { <Content experiment note_html comparison shared metrics choice change shares /> }
        })
    })
}

#[component]
fn Content(
    experiment: ExperimentView,
    note_html: String,
    comparison: Signal<Comparison>,
    shared: Shared,
    metrics: Vec<String>,
    choice: Memo<Choice>,
    change: ServerAction<ChangeExperiment>,
    shares: Shares,
) -> impl IntoView {
    let shown = comparison.with_untracked(|comparison| comparison.jobs.len()) as u64;
    let count = format::counted(experiment.jobs, t!("job"), t!("jobs"));
    let count = if shown < experiment.jobs {
        t!("{jobs}, the newest {shown} of them here", jobs = count, shown = format::digits(shown.to_string()))
    } else {
        count
    };
    let note = (!note_html.is_empty()).then(|| {
        view! { <section class="note" dir="auto" inner_html=note_html></section> }
    });
    let (edited, experiment_id) = (StoredValue::new(experiment.clone()), experiment.id);
    let train = format!("/train?experiment={}", experiment.id);
    let tags = experiment.tags.clone();
    let body = if shown == 0 {
        view! {
            <section class="empty">
                <h2>{t!("No jobs in this experiment yet")}</h2>
                <p>{t!("Train one for it, or put jobs that exist into it: choose them in the list of jobs.")}</p>
                <p class="row">
                    <A href=train.clone() attr:class="button primary">{t!("Train for it")}</A>
                    <A href="/jobs" attr:class="button">{t!("Choose jobs")}</A>
                </p>
            </section>
        }
        .into_any()
    } else {
        view! {
            <Controls choice comparison metrics kept=Vec::new() />
            <Comparing shared />
        }
        .into_any()
    };
    view! {
        <Title text=experiment.name.clone() />
        <div class="head">
            <div>
                <h1><bdi>{experiment.name.clone()}</bdi></h1>
                <p class="sub">{count} " " <Owner shares /> " " <Tags tags /></p>
            </div>
            <div class="actions">
                <A href=train attr:class="button primary">{t!("New training")}</A>
                <Share shares meaning=t!("With it are shared its jobs and their models.") />
                // Made anew with every experiment: fields that were typed into keep what they have.
                {shares.allowed(move |allowed| {
                    let experiment = edited.get_value();
                    let name = experiment.name.clone();
                    view! {
                        {allowed.can_edit.then(|| view! { <Edit experiment change /> })}
                        {allowed.can_share.then(|| view! { <Delete id=experiment_id name /> })}
                    }
                    .into_any()
                })}
            </div>
        </div>
        {note}
        {body}
    }
}

#[component]
fn Edit(experiment: ExperimentView, change: ServerAction<ChangeExperiment>) -> impl IntoView {
    let error = FormError::of(change);
    view! {
        <details class="menu wide-menu">
            <summary class="button">{t!("Edit")}</summary>
            <div class="menu-body">
                <ActionForm action=change>
                    <input type="hidden" name="id" value=experiment.id.to_string() />
                    <NameField form="edit" value=experiment.name error />
                    <TagsField form="edit" tags=experiment.tags error />
                    <NoteField
                        form="edit"
                        note=experiment.note
                        hint=t!("Markdown: what is tried, and what came of it.")
                        rows="8"
                        error
                    />
                    <FormAlert error />
                    <button class="button primary" type="submit">{t!("Save")}</button>
                </ActionForm>
            </div>
        </details>
    }
}

#[component]
fn Delete(id: ExperimentId, name: String) -> impl IntoView {
    let delete = ServerAction::<DeleteExperiment>::new();
    say_when_done(delete, move || t!("Experiment {name} deleted.", name = name));
    view! {
        <details class="menu">
            <summary class="button quiet">{t!("Delete")}</summary>
            <div class="menu-body">
                <p>{t!("The experiment and its note go; its jobs stay.")}</p>
                <ActionForm action=delete>
                    <input type="hidden" name="id" value=id.to_string() />
                    <button class="button dangerous" type="submit">{t!("Yes, delete")}</button>
                </ActionForm>
            </div>
        </details>
        <FormAlert error=FormError::of(delete) />
    }
}
