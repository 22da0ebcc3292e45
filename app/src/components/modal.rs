//! A dialog that everything else waits for. The browser keeps the focus in it, closes it with Escape, and gives the focus
//! back afterwards.

use leptos::{html, prelude::*};

/// Has `children` in it while `open`, and only then, so that they begin anew each time.
#[component]
pub fn Modal(open: RwSignal<bool>, label: &'static str, class: &'static str, children: ChildrenFn) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            // Fails only for a dialog that is no part of the page.
            let _ = dialog.show_modal();
        }
    });
    // The browser says so a moment later, when it may be open again.
    let closed = move |_| {
        if dialog.get_untracked().is_none_or(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    // What is inside covers the dialog: the dialog itself is hit only beside it.
    let beside = move |event: web_sys::MouseEvent| {
        if event.target() == event.current_target() {
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=dialog class=class aria-label=label on:close=closed on:mousedown=beside>
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
}
