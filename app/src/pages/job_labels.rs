//! What people say about a job: its tags, note and experiment, and the form that changes them.

use std::{collections::BTreeMap, sync::Arc};

use domain::{ExperimentId, job::JobStatus};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::components::A;

use crate::{
    api::experiments::{LabelJob, label_job},
    components::{
        error::{FormAlert, FormError, refusal},
        field::Field,
        label_fields::{NameField, NoteField, TagsField},
        tags::Tags,
        toast::{Text, Toast, use_toasts},
    },
};

/// Beside the actions of the job's page.
#[component]
pub fn EditLabels(
    job: JobStatus,
    experiments: Vec<(ExperimentId, String)>,
    label: ServerAction<LabelJob>,
) -> impl IntoView {
    offer_undo(&job, label);
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

/// Says when something was stored, and offers to make it what it was when the form was shown.
fn offer_undo(job: &JobStatus, label: ServerAction<LabelJob>) {
    let (toasts, typed, value) = (use_toasts(), label.input(), label.value());
    let shown = LabelJob {
        id: job.summary.job_id,
        name: job.summary.name.clone(),
        tags: job.summary.tags.join(", "),
        note: job.note.clone(),
        experiment_id: job.summary.experiment_id.map_or_else(String::new, |id| id.to_string()),
        before: BTreeMap::new(),
    };
    // The action forgets it before it says that it is done.
    let sent = StoredValue::new(None::<LabelJob>);
    Effect::new(move |_| {
        if let Some(typed) = typed.get() {
            sent.set_value(Some(typed));
        }
    });
    let done = move |_: &usize, _: Option<&usize>, _: Option<()>| {
        let Some(sent) = sent.get_value().filter(|_| value.with_untracked(|value| matches!(value, Some(Ok(_))))) else {
            return;
        };
        // What was left as it was stays as somebody else may have changed it meanwhile.
        let fields =
            [("name", sent.name), ("tags", sent.tags), ("note", sent.note), ("experiment_id", sent.experiment_id)];
        let before = fields.map(|(field, value)| (field.to_owned(), value));
        let undo = LabelJob { before: BTreeMap::from(before), ..shown.clone() };
        let toast = Toast::new(|| t!("Changes saved.").to_owned());
        toasts.show(toast.with_undo(move || take_back(undo.clone())));
    };
    Effect::watch(move || label.version().get(), done, false);
}

async fn take_back(label: LabelJob) -> Result<(), Text> {
    let LabelJob { id, name, tags, note, experiment_id, before } = label;
    let stored = label_job(id, name, tags, note, experiment_id, before).await;
    stored.map(|_| ()).map_err(|error| -> Text { Arc::new(move || refusal(&error)) })
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
