//! What went wrong, in words: under a form, or instead of a page.

use domain::ErrorCode;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use crate::{
    api::error::UiError,
    components::{badge::state_word, format},
    language::said,
    pages::not_found::NotFound,
    return_to::encode_component,
};

/// The error of a form's last attempt.
#[derive(Clone, Copy)]
pub struct FormError(Signal<Option<UiError>>);

impl FormError {
    /// Without JavaScript the error of a form comes back in the page's address, where anybody could have written it: then
    /// only its code is believed, never its sentence.
    pub fn of<S, T>(action: ServerAction<S>) -> Self
    where
        S: leptos::server_fn::ServerFn<Output = T, Error = UiError> + Clone + Send + Sync + 'static,
        T: Clone + Send + Sync + 'static,
        S::Output: Send + Sync + 'static,
    {
        let (value, version) = (action.value(), action.version());
        let error = move || value.with(|value| value.as_ref()?.as_ref().err().cloned());
        Self::new(Signal::derive(error), version.into())
    }

    /// `attempts` counts how often the form was sent from this very page.
    pub fn new(error: Signal<Option<UiError>>, attempts: Signal<usize>) -> Self {
        let query = use_query_map();
        Self(Signal::derive(move || {
            let error = error.get()?;
            let from_address = attempts.get() == 0 && query.with(|query| query.get("__err").is_some());
            Some(if from_address { UiError::of(error.0.code) } else { error })
        }))
    }

    pub fn get(self) -> Option<UiError> {
        self.0.get()
    }

    /// What is wrong with one field, in the language of the page.
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        let error = self.0;
        Signal::derive(move || error.with(|error| error.as_ref()?.0.fields.get(name).map(|why| said(why))))
    }
}

/// The sentence above a form's button.
#[component]
pub fn FormAlert(error: FormError) -> impl IntoView {
    move || error.get().map(|error| view! { <p class="alert" role="alert">{refusal(&error)}</p> })
}

/// What is wrong with a form, in the language of the page.
pub fn refusal(error: &UiError) -> String {
    let fields = &error.0.fields;
    if fields.is_empty() {
        return said(&error.0.message);
    }
    // By the names that the form has for its fields, not by those of the API.
    let each = fields.iter().map(|(field, why)| t!("{field}: {why}", field = field_label(field), why = said(why)));
    each.collect::<Vec<_>>().join(" ")
}

/// A field as forms call it: `batch_size` is "Batch size".
fn field_label(name: &str) -> String {
    let label = match name {
        "activation" => t!("Activation"),
        "augment" => t!("Augment"),
        "batch_size" => t!("Batch size"),
        "blocks" => t!("Blocks"),
        "channels" => t!("Channels"),
        "class_weights" => t!("Class weights"),
        "code" => t!("Code"),
        "current_password" => t!("Current password"),
        "dataset" => t!("Dataset"),
        "device" => t!("Device"),
        "dropout" => t!("Dropout"),
        "early_stopping" => t!("Early stopping"),
        "email" | "people[0].email" => t!("E-mail"),
        "epochs" => t!("Epochs"),
        "experiment_id" => t!("Experiment id"),
        "expires_in_days" => t!("Days until it ends"),
        "features" => t!("Features"),
        "feed_forward" => t!("Feed forward"),
        "file" => t!("File"),
        "folds" => t!("Cross-validation"),
        "gradient_clip" => t!("Gradient clip"),
        "heads" => t!("Heads"),
        "heir" => t!("New owner"),
        "hidden" => t!("Hidden layers"),
        "image_size" => t!("Image size"),
        "invitation" => t!("Invitation"),
        "label_smoothing" => t!("Label smoothing"),
        "layers" => t!("Layers"),
        "link" => t!("Link"),
        "lr" => t!("Learning rate"),
        "max_tokens" => t!("Max tokens"),
        "members" => t!("Members"),
        "model" => t!("Model"),
        "name" => t!("Name"),
        "new_password" => t!("New password"),
        "note" => t!("Note"),
        "optimizer" => t!("Optimizer"),
        "password" => t!("Password"),
        "pieces" => t!("Pieces"),
        "schedule" => t!("Schedule"),
        "secret" => t!("Secret"),
        "seed" => t!("Seed"),
        "split" => t!("Split"),
        "start_from" => t!("Start from"),
        "tags" => t!("Tags"),
        "target" => t!("Target"),
        "task" => t!("Task"),
        "validation" => t!("Validation share"),
        "vocabulary" => t!("Vocabulary"),
        "weight_decay" => t!("Weight decay"),
        "width" => t!("Width"),
        other => return format::capitalised(&other.replace('_', " ")),
    };
    label.to_owned()
}

/// Instead of content that could not be loaded.
#[component]
pub fn LoadError(
    error: UiError,
    /// What was asked for, in the language of the page: "Job".
    what: &'static str,
    retry: Callback<()>,
) -> impl IntoView {
    match error.0.code {
        ErrorCode::NotFound => view! { <NotFound what=what /> }.into_any(),
        ErrorCode::Unauthenticated => {
            let location = use_location();
            let navigate = use_navigate();
            let target = move || {
                let path = location.pathname.get_untracked() + &location.search.get_untracked();
                format!("/login?next={}", encode_component(&path))
            };
            let address = target();
            Effect::new(move |_| {
                navigate(&target(), leptos_router::NavigateOptions { replace: true, ..Default::default() });
            });
            view! { <p>{t!("Your session has ended.")} " " <a href=address>{t!("Sign in again")}</a></p> }.into_any()
        }
        _ => view! {
            <div class="load-error" role="alert">
                <p>{said(&error.0.message)}</p>
                <button class="button" on:click=move |_| retry.run(())>{t!("Try again")}</button>
            </div>
        }
        .into_any(),
    }
}

/// The reason of a failed job: why, where, what to do.
#[component]
pub fn FailureCard(failure: domain::job::JobFailure) -> impl IntoView {
    view! {
        <section class="failure" role="alert" aria-label=state_word(domain::job::JobState::Failed)>
            <h2>{said(&failure.message)}</h2>
            <p class="failure-place">{t!("At {location}.", location = said(&failure.location))}</p>
            <p>{said(&failure.hint)}</p>
        </section>
    }
}
