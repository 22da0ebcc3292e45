//! How pages look to a reader: English or Persian; light, dark, or as the system has it. Menus of the browser's own and
//! forms, so that they work without a script, which only makes them quicker.

use leptos::{html, prelude::*, server_fn::ServerFn};

use crate::{
    api::preference::{SetLanguage, SetTheme},
    language::{Language, use_language},
    theme::{Theme, use_theme},
};

/// Both.
#[component]
pub fn LookMenus() -> impl IntoView {
    let globe = view! {
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <circle class="icon-line" cx="12" cy="12" r="8.5"></circle>
            <path class="icon-line" d="M3.5 12h17M12 3.5c-6 5.5-6 11.500 0 17c6-5.500 6-11.500 0-17z"></path>
        </svg>
    };
    let half_moon = view! {
        <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <circle class="icon-line" cx="12" cy="12" r="8"></circle>
            <path class="icon-body" d="M12 4a8 8 0 0 1 0 16z"></path>
        </svg>
    };
    view! {
        <div class="look">
            <Menu id="language-menu" label=t!("Language") icon=globe.into_any()>
                <LanguageChoices />
            </Menu>
            <Menu id="theme-menu" label=t!("Theme") icon=half_moon.into_any()>
                <ThemeChoices />
            </Menu>
        </div>
    }
}

/// The languages that there are, in a form.
#[component]
pub fn LanguageChoices() -> impl IntoView {
    let language = use_language();
    let choices = Language::ALL.map(|choice| {
        // No signal: it would end with the views that are made anew in another language, whose old buttons may still ask it.
        let pressed = move || language.get() == choice;
        view! {
            <span lang=choice.tag()>
                <Choice field="language" value=choice.tag() label=choice.label() pressed choose=move || language.choose(choice) />
            </span>
        }
    });
    view! { <form method="POST" action=SetLanguage::PATH>{choices.collect_view()}</form> }
}

/// The same for themes.
#[component]
pub fn ThemeChoices() -> impl IntoView {
    let theme = use_theme();
    let choices = Theme::ALL.map(|choice| {
        let pressed = move || theme.get() == choice;
        view! { <Choice field="theme" value=choice.name() label=choice.label() pressed choose=move || theme.choose(choice) /> }
    });
    view! { <form method="POST" action=SetTheme::PATH>{choices.collect_view()}</form> }
}

/// A button and the menu that it opens.
#[component]
fn Menu(id: &'static str, label: &'static str, icon: AnyView, children: Children) -> impl IntoView {
    let menu = NodeRef::<html::Div>::new();
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            // Fails where the browser knows no such menu; then it stays.
            let _ = menu.hide_popover();
        }
    };
    view! {
        <button class="button quiet icon" type="button" popovertarget=id aria-label=label title=label>{icon}</button>
        <div id=id class="look-menu" node_ref=menu popover="auto" role="group" aria-label=label on:click=close>
            {children()}
        </div>
    }
}

#[component]
fn Choice(
    /// Name of the field that the form sends.
    field: &'static str,
    value: &'static str,
    label: &'static str,
    pressed: impl Fn() -> bool + Send + 'static,
    choose: impl Fn() + Send + 'static,
) -> impl IntoView {
    view! {
        <button
            class="look-choice"
            type="submit"
            name=field
            value=value
            aria-pressed=move || pressed().to_string()
            on:click=move |event| {
                event.prevent_default();
                choose();
            }
        >
            {label}
        </button>
    }
}
