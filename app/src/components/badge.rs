//! A job's state as a word with a colour.

use domain::job::JobState;
use leptos::prelude::*;

/// The word for a state.
pub fn state_word(state: JobState) -> &'static str {
    match state {
        JobState::Queued => "Queued",
        JobState::Starting => "Starting",
        JobState::Loading => "Loading",
        JobState::Running => "Running",
        JobState::Completed => "Completed",
        JobState::Failed => "Failed",
        JobState::Stopped => "Stopped",
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
