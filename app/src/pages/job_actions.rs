//! What can be done to a job: only what its state allows, and what the reader may do.

use domain::{
    JobId,
    job::{JobStatus, Transition},
};
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::{
        error::UiError,
        jobs::{CloneJob, DeleteJob, ResumeJob, RetryJob, StopJob},
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
    },
    live::JobFeed,
};

#[component]
pub fn JobActions(
    id: JobId,
    feed: JobFeed,
    has_checkpoint: bool,
    delete: ServerAction<DeleteJob>,
    /// Whether the reader may stop it and let it go on.
    can_edit: bool,
    /// Whether it is the reader's to delete.
    is_owner: bool,
) -> impl IntoView {
    let stop = ServerAction::<StopJob>::new();
    let resume = ServerAction::<ResumeJob>::new();
    let retry = ServerAction::<RetryJob>::new();
    let clone = ServerAction::<CloneJob>::new();
    adopt(stop, feed);
    adopt(resume, feed);
    adopt(retry, feed);
    let state = move || feed.status.with(|status| status.status);
    let stopping = move || feed.status.with(|status| status.stopping);
    let may = move |transition| can_edit && state().after(transition).is_ok();
    let ended = move || state().is_terminal();
    let epochs = move || feed.status.with(|status| status.total_epochs);
    // A job that ran at all has a checkpoint: one is written when it is stopped.
    let resumable = move || may(Transition::Resume) && (has_checkpoint || feed.status.with(|status| status.step > 0));
    let id = move || view! { <input type="hidden" name="id" value=id.to_string() /> };
    view! {
        <div class="actions">
            <Show when=move || may(Transition::Stop)>
                <ActionForm action=stop>
                    {id()}
                    <button class="button" type="submit" disabled=move || stopping() || stop.pending().get()>
                        {move || if stopping() { t!("Stopping") } else { t!("Stop") }}
                    </button>
                </ActionForm>
            </Show>
            <Show when=resumable>
                <ActionForm action=resume>
                    {id()}
                    <button class="button primary" type="submit">{t!("Resume")}</button>
                </ActionForm>
            </Show>
            <Show when=move || may(Transition::Resume)>
                <ActionForm action=retry>
                    {id()}
                    <button class="button" type="submit">{t!("Start over")}</button>
                </ActionForm>
            </Show>
            <Show when=move || may(Transition::Continue)>
                <details class="menu">
                    <summary class="button">{t!("Train on")}</summary>
                    <div class="menu-body">
                        <ActionForm action=resume>
                            {id()}
                            <Field
                                label=t!("Epochs in all")
                                for_id="more-epochs"
                                hint=t!("It goes on from its last checkpoint; early stopping still applies.")
                            >
                                <input
                                    id="more-epochs"
                                    name="epochs"
                                    type="number"
                                    required
                                    min=move || epochs() + 1
                                    value=move || epochs() * 2
                                />
                            </Field>
                            <button class="button primary" type="submit">{t!("Go on")}</button>
                        </ActionForm>
                    </div>
                </details>
            </Show>
            <Show when=ended>
                <ActionForm action=clone>
                    {id()}
                    <button class="button" type="submit">{t!("Train again")}</button>
                </ActionForm>
            </Show>
            <Show when=move || ended() && is_owner>
                <details class="menu">
                    <summary class="button quiet">{t!("Delete")}</summary>
                    <div class="menu-body">
                        <p>{t!("Curves, log and checkpoints go; the model stays.")}</p>
                        <ActionForm action=delete>
                            {id()}
                            <button class="button dangerous" type="submit">{t!("Yes, delete")}</button>
                        </ActionForm>
                    </div>
                </details>
            </Show>
        </div>
        <FormAlert error=FormError::of(stop) />
        <FormAlert error=FormError::of(resume) />
        <FormAlert error=FormError::of(retry) />
        <FormAlert error=FormError::of(clone) />
        <FormAlert error=FormError::of(delete) />
    }
}

/// Shows the answer at once; the socket says the same a moment later.
fn adopt<S>(action: ServerAction<S>, feed: JobFeed)
where
    S: leptos::server_fn::ServerFn<Output = JobStatus, Error = UiError> + Clone + Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move |_| {
        value.with(|value| {
            if let Some(Ok(status)) = value {
                feed.adopt(status);
            }
        });
    });
}
