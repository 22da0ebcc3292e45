//! The command palette: everything one can go to or do, found by typing.
//!
//! In the module that every page has: a part that cannot be fetched would end the page, and these keys are pressed on all.

mod commands;
mod search;

use leptos::{html, prelude::*};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use web_sys::{KeyboardEvent, PointerEvent, ScrollIntoViewOptions, ScrollLogicalPosition};

use self::{
    commands::{Act, Entry, matching},
    search::{Search, search},
};
use crate::{
    api::auth::Logout,
    components::{format, modal::Modal},
    language::said,
    session::use_session,
    theme::use_theme,
};

/// The dialog; `shortcuts` opens the other one.
#[component]
pub fn Palette(open: RwSignal<bool>, shortcuts: RwSignal<bool>, admin: bool) -> impl IntoView {
    view! {
        <Modal open label=t!("Command palette") class="palette">
            <Content open shortcuts admin />
        </Modal>
    }
}

/// Opens the palette, and says which keys do. Of no use without a script, and not shown then.
#[component]
pub fn PaletteButton(open: RwSignal<bool>) -> impl IntoView {
    let keys = opening_keys();
    view! {
        <button
            class="button quiet search"
            type="button"
            aria-haspopup="dialog"
            aria-keyshortcuts="Control+K Meta+K"
            on:click=move |_| open.set(true)
        >
            <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
                <path class="icon-line" d="M16 10.5a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0zM14.5 14.5 20 20"></path>
            </svg>
            <span class="search-word">{t!("Search")}</span>
            <kbd aria-hidden="true" dir="ltr" translate="no">{move || keys.get()}</kbd>
        </button>
    }
}

/// The keys that open the palette, as they are written on this keyboard.
pub fn opening_keys() -> RwSignal<&'static str> {
    let keys = RwSignal::new("Ctrl K");
    Effect::new(move |_| {
        if window().navigator().user_agent().is_ok_and(|agent| agent.contains("Mac")) {
            keys.set("⌘ K");
        }
    });
    keys
}

#[component]
fn Content(open: RwSignal<bool>, shortcuts: RwSignal<bool>, admin: bool) -> impl IntoView {
    let (session, theme, navigate) = (use_session(), use_theme(), use_navigate());
    let text = RwSignal::new(String::new());
    let Search { found, failed, waiting } = search(text);
    let entries = Memo::new(move |_| {
        let mut entries = text.with(|text| matching(text, admin));
        entries.extend(found.get().into_iter().map(Entry::from));
        entries
    });
    let count = move || entries.with(Vec::len);
    // Never beyond the last entry, also when there are fewer than before.
    let wanted = RwSignal::new(0_usize);
    let chosen = Memo::new(move |_| wanted.get().min(count().saturating_sub(1)));

    let run = Callback::new(move |entry: Entry| {
        open.set(false);
        match entry.act {
            Act::Go(address) => navigate(&address, NavigateOptions::default()),
            Act::Paint(choice) => theme.choose(choice),
            Act::ShowShortcuts => shortcuts.set(true),
            Act::LogOut => {
                session.logout.dispatch(Logout {});
            }
        }
    });
    let on_key = move |event: KeyboardEvent| {
        let (here, count) = (chosen.get_untracked(), entries.with_untracked(Vec::len));
        // Enter that ends the writing of a word chooses nothing.
        if event.is_composing() || count == 0 {
            return;
        }
        match event.key().as_str() {
            "ArrowDown" => wanted.set((here + 1) % count),
            "ArrowUp" => wanted.set((here + count - 1) % count),
            "Enter" => {
                if let Some(entry) = entries.with_untracked(|entries| entries.get(here).cloned()) {
                    run.run(entry);
                }
            }
            _ => return,
        }
        event.prevent_default();
    };
    let on_input = move |event| {
        text.set(event_target_value(&event));
        wanted.set(0);
    };

    // A list that scrolls under a pointer at rest moves nothing.
    let point = move |event: &PointerEvent, at: usize| {
        if event.movement_x() != 0 || event.movement_y() != 0 {
            wanted.set(at);
        }
    };

    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            // Whoever opened it can click, if this fails.
            let _ = input.focus();
        }
    });
    Effect::new(move |_| {
        entries.track();
        if let Some(option) = document().get_element_by_id(&option_id(chosen.get())) {
            let options = ScrollIntoViewOptions::new();
            options.set_block(ScrollLogicalPosition::Nearest);
            option.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });

    let options = move || {
        let option = |(at, entry): (usize, Entry)| {
            let (label, about) = (entry.label.clone(), entry.about.clone());
            view! {
                <li
                    id=option_id(at)
                    role="option"
                    aria-selected=move || (chosen.get() == at).to_string()
                    on:pointermove=move |event| point(&event, at)
                    on:click=move |_| run.run(entry.clone())
                >
                    <span dir="auto">{label}</span>
                    " "
                    <span class="sub">{about}</span>
                </li>
            }
        };
        entries.get().into_iter().enumerate().map(option).collect_view()
    };
    let note = move || match (failed.get(), count()) {
        (Some(error), _) => {
            t!("Jobs, models and datasets could not be searched. {why}", why = said(&error.0.message))
        }
        (None, 0) if waiting.get() => t!("Searching").to_owned(),
        (None, 0) => t!("Nothing found").to_owned(),
        (None, count) => format::counted(count as u64, t!("entry"), t!("entries")),
    };
    view! {
        <input
            class="palette-text"
            node_ref=input
            type="text"
            role="combobox"
            dir="auto"
            aria-label=t!("Search, or type a command")
            aria-autocomplete="list"
            aria-controls="palette-list"
            aria-expanded=move || (count() > 0).to_string()
            aria-activedescendant=move || (count() > 0).then(|| option_id(chosen.get()))
            placeholder=t!("Search, or type a command")
            autocomplete="off"
            spellcheck="false"
            on:input=on_input
            on:keydown=on_key
        />
        <ul id="palette-list" class="palette-list" role="listbox" aria-label=t!("Entries")>{options}</ul>
        <p class="palette-note" role="status" class:visually-hidden=move || failed.with(Option::is_none) && { count() > 0 }>
            {note}
        </p>
    }
}

fn option_id(at: usize) -> String {
    format!("palette-{at}")
}
