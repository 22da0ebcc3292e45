//! What people say about a job: its tags, note and experiment, and the form that changes them.

use domain::{ExperimentId, job::JobStatus};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::components::A;

use crate::{
    api::experiments::LabelJob,
    components::{
        error::{FormAlert, FormError},
        field::Field,
    },
};

/// Beside the actions of the job's page.
#[component]
pub fn EditLabels(
    job: JobStatus,
    experiments: Vec<(ExperimentId, String)>,
    label: ServerAction<LabelJob>,
) -> impl IntoView {
    let error = FormError::of(label);
    let chosen = job.summary.experiment_id;
    let options = experiments.into_iter().map(|(id, name)| {
        view! { <option value=id.to_string() selected={chosen == Some(id)}>{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <details class="menu wide-menu">
            <summary class="button">"Edit"</summary>
            <div class="menu-body">
                <ActionForm action=label>
                    <input type="hidden" name="id" value=job.summary.job_id.to_string() />
                    <input type="hidden" name="before[name]" value=job.summary.name.clone() />
                    <input type="hidden" name="before[tags]" value=job.summary.tags.join(", ") />
                    <input type="hidden" name="before[experiment_id]" value=chosen.map(|id| id.to_string()).unwrap_or_default() />
                    <Field label="Name" for_id="label-name" error=error.field("name")>
                        <input id="label-name" name="name" type="text" maxlength="200" required value=job.summary.name />
                    </Field>
                    <Field label="Tags" for_id="label-tags" hint="With commas between them." error=error.field("tags")>
                        <input id="label-tags" name="tags" type="text" value=job.summary.tags.join(", ") />
                    </Field>
                    <Field label="Experiment" for_id="label-experiment" error=error.field("experiment_id")>
                        <select id="label-experiment" name="experiment_id">
                            <option value="">"None"</option>
                            {options}
                        </select>
                    </Field>
                    <Field label="Note" for_id="label-note" hint="Markdown." error=error.field("note")>
                        <textarea id="label-note" name="note" rows="6">{job.note}</textarea>
                    </Field>
                    <FormAlert error />
                    <button class="button primary" type="submit">"Save"</button>
                </ActionForm>
            </div>
        </details>
    }
}

/// Under the title: the experiment and the tags; nothing where there are none.
#[component]
pub fn Labels(tags: Vec<String>, experiment: Option<(String, String)>) -> impl IntoView {
    let experiment = experiment.map(|(address, name)| view! { <A href=address attr:class="label link">{name}</A> });
    view! {
        {experiment}
        {tags.into_iter().map(|tag| view! { <span class="label">{tag}</span> }).collect_view()}
    }
}
