//! Whether what is shown is current.

use leptos::prelude::*;

use crate::live::Connection;

#[component]
pub fn ConnectionDot(#[prop(into)] connection: Signal<Connection>) -> impl IntoView {
    view! {
        <span class=move || format!("connection {}", connection.get().name()) role="status">
            {move || connection.get().label()}
        </span>
    }
}
