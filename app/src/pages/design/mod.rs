//! Every component of the design system in every state, for those who change one: only in builds for developers, and in English.
//! Nothing here is a copy: these are the components, classes and tokens of the other pages.

mod controls;
mod jobs;
mod overlays;
mod states;
mod tokens;

use leptos::prelude::*;
use leptos_meta::Title;

use self::{
    controls::{Buttons, Choices, Fields},
    jobs::{Charts, JobStates, Rows},
    overlays::Overlays,
    states::States,
    tokens::Tokens,
};
use crate::language::in_language;

#[component]
pub fn DesignPage() -> impl IntoView {
    in_language(|| {
        view! {
            <Title text="Design" />
            <div class="head">
                <div>
                    <h1>"Design"</h1>
                    <p class="sub">"What pages are made of. A release does not have this one."</p>
                </div>
            </div>
            <Tokens />
            <Buttons />
            <Fields />
            <Choices />
            <Overlays />
            <JobStates />
            <Rows />
            <Charts />
            <States />
        }
    })
}
