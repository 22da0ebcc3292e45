//! What can be done to many jobs at once: compare, stop, delete, tag, put into an experiment.

use std::collections::HashSet;

use domain::{ExperimentId, JobId};
use leptos::{children::Children, form::ActionForm, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};

use crate::{
    api::{
        experiments::experiment_names,
        jobs::{BulkJobs, BulkOutcome},
    },
    components::{
        error::{FormAlert, FormError},
        format,
    },
};

/// A form around the table, whose rows have the check boxes.
#[component]
pub fn Bulk(chosen: RwSignal<HashSet<JobId>>, children: Children) -> impl IntoView {
    let bulk = ServerAction::<BulkJobs>::new();
    let outcome = move || bulk.value().with(|value| value.as_ref()?.as_ref().ok().map(said));
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
    Effect::new(move |_| {
        if bulk.value().with(|value| matches!(value, Some(Ok(_)))) {
            chosen.update(HashSet::clear);
        }
    });
    // Without JavaScript nobody knows how many are chosen: the bar is always there.
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    view! {
        <ActionForm action=bulk attr:class="bulk">
            <div class="bulk-bar" hidden=move || ready.get() && count() == 0>
                <span class="bulk-count">
                    {move || if ready.get() { format!("{} chosen", format::counted(count(), "job", "jobs")) } else { "Chosen jobs".to_owned() }}
                </span>
                <button class="button primary" type="submit" formmethod="get" formaction="/compare" on:click=compare>
                    "Compare"
                </button>
                <button class="button" type="submit" name="action" value="stop">"Stop"</button>
                <details class="menu">
                    <summary class="button">"Tag"</summary>
                    <div class="menu-body">
                        <label for="bulk-tag">"Tag"</label>
                        <input id="bulk-tag" name="tag" type="text" maxlength="40" on:keydown=add_by_enter />
                        <div class="row">
                            <button class="button primary" type="submit" name="action" value="tag" node_ref=add>"Add"</button>
                            <button class="button" type="submit" name="action" value="untag">"Remove"</button>
                        </div>
                    </div>
                </details>
                <details class="menu">
                    <summary class="button">"Experiment"</summary>
                    <div class="menu-body">
                        <ExperimentChoice />
                        <button class="button primary" type="submit" name="action" value="experiment">"Put into it"</button>
                    </div>
                </details>
                <details class="menu">
                    <summary class="button quiet">"Delete"</summary>
                    <div class="menu-body">
                        <p>"Curves, logs and checkpoints go; models stay. Only jobs that have ended can be deleted."</p>
                        <button class="button dangerous" type="submit" name="action" value="delete">"Yes, delete"</button>
                    </div>
                </details>
            </div>
            <p class="bulk-said" role="status">{outcome}</p>
            <FormAlert error=FormError::of(bulk) />
            {children()}
        </ActionForm>
    }
}

#[component]
fn ExperimentChoice() -> impl IntoView {
    let experiments = Resource::new(|| (), |()| experiment_names());
    view! {
        <label for="bulk-experiment">"Experiment"</label>
        <select id="bulk-experiment" name="experiment_id">
            <option value="">"None"</option>
            <Suspense>
                {move || Suspend::new(async move {
                    let experiments = experiments.await.unwrap_or_default();
                    let option = |(id, name): (ExperimentId, String)| {
                        view! { <option value=id.to_string()>{name}</option> }
                    };
                    experiments.into_iter().map(option).collect_view()
                })}
            </Suspense>
        </select>
    }
}

/// "3 jobs stopped. 1 was not: ..."
fn said(outcome: &BulkOutcome) -> String {
    let mut text = format!("{} {}.", format::counted(outcome.done, "job", "jobs"), outcome.what);
    if let Some((name, why)) = outcome.refused.first() {
        let more = outcome.refused.len() as u64;
        text += &format!(" {} not; {name}: {why}", if more == 1 { "1 was".to_owned() } else { format!("{more} were") });
    }
    text
}
