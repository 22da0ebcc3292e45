//! The one listener for keys that mean something on every page.

use std::cell::Cell;

use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement, KeyboardEvent};

use super::{
    keys::{Keys, Press, by_place},
    single::are_on,
};

/// Listens as long as whoever calls this is there.
pub fn listen(palette: RwSignal<bool>, shortcuts: RwSignal<bool>) {
    let navigate = use_navigate();
    Effect::new(move |_| {
        let (keys, navigate) = (Cell::new(Keys::default()), navigate.clone());
        let heard = move |event: web_sys::Event| {
            // Browsers that fill in a form send events of this name that are none of a keyboard.
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if event.default_prevented() || event.is_composing() || event.repeat() || event.alt_key() {
                return;
            }
            let key = by_place(event.key(), &event.code());
            if event.ctrl_key() || event.meta_key() {
                if key.eq_ignore_ascii_case("k") && !event.shift_key() {
                    event.prevent_default();
                    shortcuts.set(false);
                    palette.update(|open| *open = !*open);
                }
                return;
            }
            if is_typing() || is_dialog_open() {
                keys.take();
                return;
            }
            let mut state = keys.get();
            let press = state.press(&key, event.time_stamp());
            keys.set(state);
            let Some(press) = press.filter(|_| are_on()) else { return };
            match press {
                Press::Go(address) => navigate(address, NavigateOptions::default()),
                Press::Help => shortcuts.set(true),
                Press::Field => {
                    let Some(field) = search_field() else { return };
                    // The page is as it was, if this fails.
                    let _ = field.focus();
                    field.select();
                }
            }
            event.prevent_default();
        };
        let listener = window_event_listener_untyped("keydown", heard);
        on_cleanup(move || listener.remove());
    });
}

/// Keys belong to what has the focus.
fn is_typing() -> bool {
    document().active_element().is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element.dyn_ref::<HtmlElement>().is_some_and(HtmlElement::is_content_editable)
    })
}

fn is_dialog_open() -> bool {
    document().query_selector("dialog[open]").is_ok_and(|dialog| dialog.is_some())
}

fn search_field() -> Option<HtmlInputElement> {
    document().query_selector("main input[type=search]").ok()??.dyn_into().ok()
}
