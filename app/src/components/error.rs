//! What went wrong, in words: under a form, or instead of a page.

use domain::ErrorCode;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use crate::{
    api::error::UiError, components::badge::state_word, pages::not_found::NotFound, return_to::encode_component,
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

    /// What is wrong with one field.
    pub fn field(self, name: &'static str) -> Signal<Option<String>> {
        let error = self.0;
        Signal::derive(move || error.with(|error| error.as_ref()?.0.fields.get(name).cloned()))
    }
}

/// The sentence above a form's button.
#[component]
pub fn FormAlert(error: FormError) -> impl IntoView {
    let sentence = |error: UiError| match error.0.fields.len() {
        0 => error.0.message,
        // By the names that the form has for its fields, not by those of the API.
        _ => error
            .0
            .fields
            .iter()
            .map(|(field, why)| format!("{}: {why}", field_label(field)))
            .collect::<Vec<_>>()
            .join(" "),
    };
    move || error.get().map(|error| view! { <p class="alert" role="alert">{sentence(error)}</p> })
}

/// A field as forms call it: `batch_size` is "Batch size".
fn field_label(name: &str) -> String {
    let words = match name {
        "lr" => "learning rate",
        "email" => "e-mail",
        "validation" => "validation share",
        "hidden" => "hidden layers",
        other => other,
    };
    let words = words.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Instead of content that could not be loaded.
#[component]
pub fn LoadError(
    error: UiError,
    /// What was asked for: "Job".
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
            view! { <p>"Your session has ended. " <a href=address>"Sign in again"</a></p> }.into_any()
        }
        _ => view! {
            <div class="load-error" role="alert">
                <p>{error.0.message}</p>
                <button class="button" on:click=move |_| retry.run(())>"Try again"</button>
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
            <h2>{failure.message}</h2>
            <p class="failure-place">"At " {failure.location} "."</p>
            <p>{failure.hint}</p>
        </section>
    }
}
