//! What a canvas has to be told: that its box changed, and that colours changed.
//!
//! The objects of the browser live in the cleanup of an effect. Effects never run on the server, which may dispose of a
//! page on another thread than the one that made it, where a thread-bound value would panic.

use leptos::{html, prelude::*};
use send_wrapper::SendWrapper;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, MutationObserver, MutationObserverInit, ResizeObserver};

use super::draw::Size;

/// Keeps `size` the size of the element. Runs in browsers only.
pub fn size(element: NodeRef<html::Div>, size: RwSignal<Size>) {
    Effect::new(move |_| {
        let Some(element) = element.get() else { return };
        let measure = {
            let element: Element = element.clone().unchecked_into();
            move || {
                let measured = Size {
                    width: f64::from(element.client_width()),
                    height: f64::from(element.client_height()),
                    ratio: window().device_pixel_ratio(),
                };
                if measured.width > 0.0 && size.try_get_untracked().is_some_and(|known| known != measured) {
                    size.try_set(measured);
                }
            }
        };
        measure();
        let closure = Closure::<dyn FnMut()>::new(measure);
        let Ok(observer) = ResizeObserver::new(closure.as_ref().unchecked_ref()) else { return };
        observer.observe(&element);
        let watching = SendWrapper::new((observer, closure));
        on_cleanup(move || watching.0.disconnect());
    });
}

/// A place for what was read from the style sheets: empty again after each of these changes. Make it before what fills it.
pub fn until_changed<T: Send + Sync + 'static>(changes: RwSignal<u32>) -> StoredValue<Option<T>> {
    let kept = StoredValue::new(None);
    Effect::new(move |_| {
        changes.get();
        kept.set_value(None);
    });
    kept
}

/// Ticks when the theme changes: by the switch (an attribute of the document) or by the system.
pub fn theme_changes() -> RwSignal<u32> {
    let changes = RwSignal::new(0);
    Effect::new(move |_| {
        let closure = Closure::<dyn FnMut()>::new(move || {
            changes.try_update(|changes| *changes += 1);
        });
        let Ok(observer) = MutationObserver::new(closure.as_ref().unchecked_ref()) else { return };
        if let Some(root) = document().document_element() {
            let options = MutationObserverInit::new();
            options.set_attributes(true);
            // Without it the page only misses a redraw.
            let _ = observer.observe_with_options(&root, &options);
        }
        let dark = window().match_media("(prefers-color-scheme: dark)").ok().flatten();
        if let Some(dark) = &dark {
            let _ = dark.add_event_listener_with_callback("change", closure.as_ref().unchecked_ref());
        }
        let watching = SendWrapper::new((observer, dark, closure));
        on_cleanup(move || {
            let (observer, dark, closure) = &*watching;
            observer.disconnect();
            if let Some(dark) = dark {
                let _ = dark.remove_event_listener_with_callback("change", closure.as_ref().unchecked_ref());
            }
        });
    });
    changes
}
