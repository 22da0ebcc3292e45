//! What people say about a job: its tags, note and experiment, and the form that changes them.

use domain::{ExperimentId, job::JobStatus};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::components::A;

use crate::{
    api::experiments::LabelJob,
    components::{
        error::{FormAlert, FormError},
        field::Field,
        label_fields::{NameField, NoteField, TagsField},
        tags::Tags,
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
        view! { <option value=id.to_string() selected={chosen == Some(id)} translate="no">{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <details class="menu wide-menu">
            <summary class="button">{t!("Edit")}</summary>
            <div class="menu-body">
                <ActionForm action=label>
                    <input type="hidden" name="id" value=job.summary.job_id.to_string() />
                    <input type="hidden" name="before[name]" value=job.summary.name.clone() />
                    <input type="hidden" name="before[tags]" value=job.summary.tags.join(", ") />
                    <input type="hidden" name="before[experiment_id]" value=chosen.map(|id| id.to_string()).unwrap_or_default() />
                    <NameField form="label" value=job.summary.name error />
                    <TagsField form="label" tags=job.summary.tags error />
                    <Field label=t!("Experiment") for_id="label-experiment" error=error.field("experiment_id")>
                        <select id="label-experiment" name="experiment_id">
                            <option value="">{t!("None")}</option>
                            {options}
                        </select>
                    </Field>
                    <NoteField form="label" note=job.note hint=t!("Markdown.") rows="6" error />
                    <FormAlert error />
                    <button class="button primary" type="submit">{t!("Save")}</button>
                </ActionForm>
            </div>
        </details>
    }
}

/// Under the title: the experiment and the tags; nothing where there are none.
#[component]
pub fn Labels(tags: Vec<String>, experiment: Option<(String, String)>) -> impl IntoView {
    let experiment = experiment.map(|(address, name)| {
        view! { <A href=address attr:class="label link" attr:dir="auto">{name}</A> }
    });
    view! {
        {experiment}
        <Tags tags />
    }
}
