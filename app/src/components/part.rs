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
    let heading = format!("{id}-title");
    let labelled_by = heading.clone();
    view! {
        <section class="part" id=id aria-labelledby=labelled_by>
            <div class="part-about">
                <h2 id=heading>{title}</h2>
                <p class="sub">{about}</p>
            </div>
            <div class="part-body">{children()}</div>
        </section>
    }
}
