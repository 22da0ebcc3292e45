//! Keyboard shortcuts: what listens for them, and the dialog that lists them.

mod keys;
mod listen;
mod single;

use leptos::prelude::*;

use crate::{
    components::{modal::Modal, palette::opening_keys},
    language::translate,
    places::PLACES,
};

/// Those that a chart has while it has the focus.
const OF_CHARTS: [(&str, &[&str]); 5] = [
    (marked!("Zoom in"), &["+"]),
    (marked!("Zoom out"), &["-"]),
    (marked!("Show everything"), &["0"]),
    (marked!("Move the cursor"), &["←", "→"]),
    (marked!("To the first or last point"), &["Home", "End"]),
];

/// The dialog and the listener; `palette` opens the other one.
#[component]
pub fn Shortcuts(open: RwSignal<bool>, palette: RwSignal<bool>) -> impl IntoView {
    listen::listen(palette, open);
    view! {
        <Modal open label=t!("Keyboard shortcuts") class="shortcuts">
            <Content open />
        </Modal>
    }
}

#[component]
fn Content(open: RwSignal<bool>) -> impl IntoView {
    let keys = opening_keys();
    let everywhere = view! {
        <div><dt>{t!("Search and commands")}</dt><dd><kbd dir="ltr" translate="no">{move || keys.get()}</kbd></dd></div>
        {row(t!("To the search field of the page"), &["/"])}
        {row(t!("This list"), &["?"])}
    };
    let places = PLACES.iter().map(|place| row(translate(place.name), &["g", place.key])).collect_view();
    let charts = OF_CHARTS.iter().map(|(what, keys)| row(translate(what), keys)).collect_view();
    view! {
        <div class="shortcuts-body">
            <div class="shortcuts-head">
                <h2>{t!("Keyboard shortcuts")}</h2>
                <button class="button" type="button" on:click=move |_| open.set(false)>{t!("Close")}</button>
            </div>
            <h3>{t!("Everywhere")}</h3>
            <dl>{everywhere}</dl>
            <h3>{t!("Go to")}</h3>
            <dl>{places}</dl>
            <h3>{t!("In a chart")}</h3>
            <dl>{charts}</dl>
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=single::are_on()
                    on:change=move |event| single::switch(event_target_checked(&event))
                />
                {t!("Single keys are shortcuts, in this browser")}
            </label>
        </div>
    }
}

fn row(what: &'static str, keys: &[&'static str]) -> impl IntoView + use<> {
    let keys = keys.iter().map(|key| view! { <kbd translate="no">{*key}</kbd> }).collect_view();
    view! { <div><dt>{what}</dt><dd dir="ltr">{keys}</dd></div> }
}
