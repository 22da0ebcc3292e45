//! That a form was accepted: what it changed is fetched again, and its fields begin anew.

use leptos::{html, prelude::*};

use crate::api::error::UiError;

/// Changes each time an action succeeds. A refusal leaves everything as it is, the form too.
pub fn successes<S, T>(action: ServerAction<S>) -> Memo<usize>
where
    S: leptos::server_fn::ServerFn<Output = T, Error = UiError> + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let (value, version) = (action.value(), action.version());
    Memo::new(move |before: Option<&usize>| {
        let accepted = value.with(|value| matches!(value, Some(Ok(_))));
        if accepted { version.get() } else { before.copied().unwrap_or_default() }
    })
}

/// What an action last answered, if it was no refusal.
pub fn answer<S, T>(action: ServerAction<S>) -> Signal<Option<T>>
where
    S: leptos::server_fn::ServerFn<Output = T, Error = UiError> + Clone + Send + Sync + 'static,
    T: Clone + Send + Sync + 'static,
    S::Output: Send + Sync + 'static,
{
    let value = action.value();
    Signal::derive(move || value.with(|value| value.as_ref()?.as_ref().ok().cloned()))
}

/// For a form that is as it was in the beginning each time that `done` changes. (To make its fields anew would not do: a view
/// that is made anew keeps its elements, and they keep what was typed.)
pub fn emptied(done: Memo<usize>) -> NodeRef<html::Form> {
    let form = NodeRef::<html::Form>::new();
    let empty = move || {
        if let Some(form) = form.get_untracked() {
            form.reset();
        }
    };
    Effect::watch(move || done.get(), move |_, _, _| empty(), false);
    form
}

/// Says beside a button that what it sent is stored.
#[component]
pub fn Saved(done: Memo<usize>, text: &'static str) -> impl IntoView {
    view! { <p class="saved" role="status">{move || (done.get() > 0).then_some(text)}</p> }
}
