//! What is not there, or not for this person.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// `what` was asked for: "Page", "Job".
#[component]
pub fn NotFound(what: &'static str) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_page_status(404);
    view! {
        <Title text="Not found" />
        <section class="empty">
            <h1>{format!("{what} not found")}</h1>
            <p>"The address may be mistyped, or it belongs to somebody else."</p>
            <p><A href="/" attr:class="button">"Go to the dashboard"</A></p>
        </section>
    }
}
