//! Light, dark, or as the system has it. A menu of the browser's own and a form, so that it works without a script, which
//! only makes it quicker.

use leptos::{html, prelude::*, server_fn::ServerFn};

use crate::{
    api::theme::SetTheme,
    theme::{Theme, use_theme},
};

#[component]
pub fn ThemeMenu() -> impl IntoView {
    let theme = use_theme();
    let menu = NodeRef::<html::Div>::new();
    let choose = move |event: web_sys::MouseEvent, choice| {
        event.prevent_default();
        theme.choose(choice);
        if let Some(menu) = menu.get_untracked() {
            // Fails where the browser knows no such menu; then it stays.
            let _ = menu.hide_popover();
        }
    };
    let choices = Theme::ALL.map(|choice| {
        view! {
            <button
                class="theme-choice"
                type="submit"
                name="theme"
                value=choice.name()
                aria-pressed=move || (theme.get() == choice).to_string()
                on:click=move |event| choose(event, choice)
            >
                {choice.label()}
            </button>
        }
    });
    view! {
        <div class="theme">
            <button class="button quiet icon" type="button" popovertarget="theme-menu" aria-label="Theme" title="Theme">
                <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
                    <circle class="icon-line" cx="12" cy="12" r="8"></circle>
                    <path class="icon-body" d="M12 4a8 8 0 0 1 0 16z"></path>
                </svg>
            </button>
            <div id="theme-menu" class="theme-menu" node_ref=menu popover="auto" role="group" aria-label="Theme">
                <form method="POST" action=SetTheme::PATH>{choices.collect_view()}</form>
            </div>
        </div>
    }
}
