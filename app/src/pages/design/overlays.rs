//! What comes over the page: dialogs, menus, the palette, toasts.

use std::{future::ready, sync::Arc};

use leptos::prelude::*;

use crate::components::{
    modal::Modal,
    palette::{Palette, PaletteButton},
    toast::{Text, Toast, use_toasts},
};

#[component]
pub fn Overlays() -> impl IntoView {
    let dialog = RwSignal::new(false);
    let palette = RwSignal::new(false);
    let shortcuts = RwSignal::new(false);
    view! {
        <h2>"Over the page"</h2>
        <div class="row">
            <button class="button" type="button" aria-haspopup="dialog" on:click=move |_| dialog.set(true)>"Dialog"</button>
            <PaletteButton open=palette />
            <details class="menu">
                <summary class="button">"Menu"</summary>
                <div class="menu-body">
                    <p>"Works without a script. A second click closes it."</p>
                    <button class="button primary" type="button">"Show"</button>
                </div>
            </details>
            <details class="menu">
                <summary class="button quiet">"Delete"</summary>
                <div class="menu-body">
                    <p>"What goes, and what stays."</p>
                    <button class="button dangerous" type="button">"Yes, delete"</button>
                </div>
            </details>
        </div>
        <Modal open=dialog label="Dialog" class="shortcuts">
            <div class="shortcuts-body">
                <div class="shortcuts-head">
                    <h2>"Dialog"</h2>
                    <button class="button" type="button" on:click=move |_| dialog.set(false)>"Close"</button>
                </div>
                <p>"Escape and a click beside it close it, too."</p>
            </div>
        </Modal>
        <Palette open=palette shortcuts admin=false />
        <Toasts />
    }
}

#[component]
fn Toasts() -> impl IntoView {
    let toasts = use_toasts();
    let said = || Toast::new(|| "3 jobs tagged.".to_owned());
    let works = move |_| toasts.show(said().with_undo(|| ready(Ok(()))));
    let fails = move |_| {
        let why = || -> Text { Arc::new(|| "The server cannot be reached.".to_owned()) };
        toasts.show(said().with_undo(move || ready(Err(why()))));
    };
    let trouble = move |_| toasts.show(Toast::new(|| "2 jobs stopped. 1 was not.".to_owned()).trouble(true));
    view! {
        <h2>"Toasts"</h2>
        <p class="sub">"Eight seconds, longer while pointed at or focused; what went wrong stays."</p>
        <div class="row">
            <button class="button" type="button" on:click=move |_| toasts.show(said())>"Toast"</button>
            <button class="button" type="button" on:click=works>"Toast to undo"</button>
            <button class="button" type="button" on:click=fails>"Toast that cannot be undone"</button>
            <button class="button" type="button" on:click=trouble>"Toast of trouble"</button>
        </div>
    }
}
