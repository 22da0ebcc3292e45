//! What can be done to many jobs at once: compare, stop, delete, tag, put into an experiment.

use std::{collections::HashSet, sync::Arc};

use domain::{ExperimentId, JobId};
use leptos::{children::Children, form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::{
        error::UiError,
        experiments::experiment_names,
        jobs::{BulkAct, BulkJobs, BulkOutcome, bulk_jobs},
    },
    components::{
        error::{FormAlert, FormError, refusal},
        format,
        scripted::scripted,
        toast::{Text, Toast, use_toasts},
    },
    language::said,
};

/// What is done to the chosen jobs, and what is said of it. Whoever shows [`Bulk`] has it, so that it stays in another language.
pub fn use_bulk(chosen: RwSignal<HashSet<JobId>>) -> ServerAction<BulkJobs> {
    let bulk = ServerAction::<BulkJobs>::new();
    Effect::new(move |_| {
        if bulk.value().with(|value| matches!(value, Some(Ok(_)))) {
            chosen.update(HashSet::clear);
        }
    });
    say_outcomes(bulk);
    bulk
}

/// A form around the table, whose rows have the check boxes.
#[component]
pub fn Bulk(bulk: ServerAction<BulkJobs>, chosen: RwSignal<HashSet<JobId>>, children: Children) -> impl IntoView {
    let count = move || chosen.with(HashSet::len) as u64;
    let navigate = use_navigate();
    let compare = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        let mut ids: Vec<String> = chosen.with_untracked(|chosen| chosen.iter().map(ToString::to_string).collect());
        ids.sort();
        if !ids.is_empty() {
            navigate(&format!("/compare?jobs={}", ids.join(",")), NavigateOptions::default());
        }
    };
    // Enter presses the first button of a form, which is another one.
    let add = NodeRef::<leptos::html::Button>::new();
    let add_by_enter = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Enter" {
            event.prevent_default();
            if let Some(add) = add.get_untracked() {
                add.click();
            }
        }
    };
    // Without JavaScript nobody knows how many are chosen: the bar is always there.
    let ready = scripted();
    view! {
        <ActionForm action=bulk attr:class="bulk">
            <div class="bulk-bar" hidden=move || ready.get() && count() == 0>
                <span class="bulk-count">
                    {move || {
                        if ready.get() {
                            t!("{jobs} chosen", jobs = format::counted(count(), t!("job"), t!("jobs")))
                        } else {
                            t!("Chosen jobs").to_owned()
                        }
                    }}
                </span>
                <button class="button primary" type="submit" formmethod="get" formaction="/compare" on:click=compare>
                    {t!("Compare")}
                </button>
                <button class="button" type="submit" name="action" value="stop">{t!("Stop")}</button>
                <details class="menu">
                    <summary class="button">{t!("Tag")}</summary>
                    <div class="menu-body">
                        <label for="bulk-tag">{t!("Tag")}</label>
                        <input id="bulk-tag" name="tag" type="text" dir="auto" maxlength="40" on:keydown=add_by_enter />
                        <div class="row">
                            <button class="button primary" type="submit" name="action" value="tag" node_ref=add>
                                {t!("Add")}
                            </button>
                            <button class="button" type="submit" name="action" value="untag">{t!("Remove")}</button>
                        </div>
                    </div>
                </details>
                <details class="menu">
                    <summary class="button">{t!("Experiment")}</summary>
                    <div class="menu-body">
                        <ExperimentChoice />
                        <button class="button primary" type="submit" name="action" value="experiment">
                            {t!("Put into it")}
                        </button>
                    </div>
                </details>
                <details class="menu">
                    <summary class="button quiet">{t!("Delete")}</summary>
                    <div class="menu-body">
                        <p>
                            {t!("Curves, logs and checkpoints go; models stay. Only jobs that have ended can be deleted.")}
                        </p>
                        <button class="button dangerous" type="submit" name="action" value="delete">
                            {t!("Yes, delete")}
                        </button>
                    </div>
                </details>
            </div>
            <FormAlert error=FormError::of(bulk) />
            {children()}
        </ActionForm>
    }
}

/// What jobs can be put into.
#[derive(Clone, Copy)]
struct ExperimentNames(Resource<Result<Vec<(ExperimentId, String)>, UiError>>);

/// For the page, before its views are made: a choice that is waited for would be lost with the language.
pub fn provide_experiments() {
    provide_context(ExperimentNames(Resource::new(|| (), |()| experiment_names())));
}

#[component]
fn ExperimentChoice() -> impl IntoView {
    let ExperimentNames(experiments) = expect_context();
    view! {
        <label for="bulk-experiment">{t!("Experiment")}</label>
        <select id="bulk-experiment" name="experiment_id">
            <option value="">{t!("None")}</option>
            <Suspense>
                {move || Suspend::new(async move {
                    let experiments = experiments.await.unwrap_or_default();
                    let option = |(id, name): (ExperimentId, String)| {
                        view! { <option value=id.to_string() translate="no">{name}</option> }
                    };
                    experiments.into_iter().map(option).collect_view()
                })}
            </Suspense>
        </select>
    }
}

/// Says what came of each act, and offers to undo it.
fn say_outcomes(bulk: ServerAction<BulkJobs>) {
    let (toasts, value) = (use_toasts(), bulk.value());
    Effect::new(move |_| {
        let Some(Ok(outcome)) = value.get() else { return };
        let (acts, trouble) = (outcome.undo.clone(), !outcome.refused.is_empty());
        let toast = Toast::new(move || told(&outcome)).trouble(trouble);
        toasts.show(if acts.is_empty() { toast } else { toast.with_undo(move || take_back(acts.clone())) });
    });
}

/// All of them, also when one fails.
async fn take_back(acts: Vec<BulkAct>) -> Result<(), Text> {
    let mut done: Result<(), Text> = Ok(());
    for BulkAct { action, jobs, tag, experiment_id } in acts {
        match bulk_jobs(action, jobs, tag, experiment_id).await {
            Ok(outcome) if outcome.refused.is_empty() => {}
            Ok(outcome) => done = Err(Arc::new(move || told(&outcome))),
            Err(error) => done = Err(Arc::new(move || refusal(&error))),
        }
    }
    done
}

/// "3 jobs stopped. 1 was not: ..."
fn told(outcome: &BulkOutcome) -> String {
    let jobs = format::counted(outcome.done, t!("job"), t!("jobs"));
    let done = match outcome.what.as_str() {
        "stopped" => t!("{jobs} stopped.", jobs = jobs),
        "deleted" => t!("{jobs} deleted.", jobs = jobs),
        "tagged" => t!("{jobs} tagged.", jobs = jobs),
        "without the tag" => t!("{jobs} without the tag.", jobs = jobs),
        _ => t!("{jobs} moved.", jobs = jobs),
    };
    let Some((name, why)) = outcome.refused.first() else { return done };
    let why = said(why);
    let refused = match outcome.refused.len() {
        1 => t!("1 was not; {name}: {why}", name = name, why = why),
        n => t!("{n} were not; {name}: {why}", n = format::digits(n.to_string()), name = name, why = why),
    };
    format!("{done} {refused}")
}
