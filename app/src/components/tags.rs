//! The tags of a job or an experiment.

use leptos::prelude::*;

#[component]
pub fn Tags(tags: Vec<String>) -> impl IntoView {
    tags.into_iter().map(|tag| view! { <span class="label" dir="auto">{tag}</span> }).collect_view()
}
