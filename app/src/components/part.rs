//! A part of a page of settings: what it is about, and beside it what can be done.

use leptos::{children::Children, prelude::*};

#[component]
pub fn Part(
    /// Of the part; its heading has `-title` after it.
    id: &'static str,
    title: &'static str,
    about: &'static str,
    children: Children,
) -> impl IntoView {
    let title_id = format!("{id}-title");
    view! {
        <section class="part" id=id aria-labelledby=title_id.clone()>
            <div class="part-about">
                <h2 id=title_id>{title}</h2>
                <p class="sub">{about}</p>
            </div>
            <div class="part-body">{children()}</div>
        </section>
    }
}
