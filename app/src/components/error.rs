//! What went wrong, in words: under a form, or instead of a page.

use domain::ErrorCode;
use leptos::prelude::*;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};

use crate::{
    api::error::UiError,
    components::{badge::state_word, field_names},
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
    pub fn field(self, name: impl Into<String>) -> Signal<Option<String>> {
        let (error, name) = (self.0, name.into());
        Signal::derive(move || error.with(|error| error.as_ref()?.0.fields.get(&name).map(|why| said(why))))
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
    reasons(error).into_iter().map(|(_, why)| why).collect::<Vec<_>>().join(" ")
}

/// What is wrong with each field, in the order of the form and by the names that it has for them, not by those of the API.
pub fn reasons(error: &UiError) -> Vec<(String, String)> {
    let mut fields: Vec<_> = error.0.fields.iter().collect();
    fields.sort_by_key(|(field, _)| field_names::place(field));
    let reason = |(field, why): (&String, &String)| {
        (field.clone(), t!("{field}: {why}", field = field_names::label(field), why = said(why)))
    };
    fields.into_iter().map(reason).collect()
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
