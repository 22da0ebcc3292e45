//! A job's state as a word with a colour.

use domain::job::JobState;
use leptos::prelude::*;

/// The word for a state, in the language of the page.
pub fn state_word(state: JobState) -> &'static str {
    match state {
        JobState::Queued => t!("Queued"),
        JobState::Starting => t!("Starting"),
        JobState::Loading => t!("Loading"),
        JobState::Running => t!("Running"),
        JobState::Completed => t!("Completed"),
        JobState::Failed => t!("Failed"),
        JobState::Stopped => t!("Stopped"),
    }
}

#[component]
pub fn StateBadge(#[prop(into)] state: Signal<JobState>) -> impl IntoView {
    view! {
        <span class=move || format!("badge {}", state.get().as_str().to_lowercase())>
            {move || state_word(state.get())}
        </span>
    }
}
