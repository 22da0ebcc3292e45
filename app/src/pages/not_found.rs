//! What is not there, or not for this person.

use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// `what` was asked for: "Page", "Job", in the language of the page.
#[component]
pub fn NotFound(what: &'static str) -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_page_status(404);
    view! {
        <Title text=t!("Not found") />
        <section class="empty">
            <h1>{t!("{what} not found", what = what)}</h1>
            <p>{t!("The address may be mistyped, or it belongs to somebody else.")}</p>
            <p><A href="/" attr:class="button">{t!("Go to the dashboard")}</A></p>
        </section>
    }
}
