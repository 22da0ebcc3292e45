//! The frame of every page: where one is, where one can go, who one is.

use leptos::{children::Children, form::ActionForm, prelude::*};
use leptos_router::{
    components::A,
    hooks::{use_location, use_url},
};

use crate::{
    components::{
        look_menus::LookMenus,
        palette::{Palette, PaletteButton},
        shortcuts::Shortcuts,
        toast::{ToastRegion, provide_toasts},
    },
    language::{in_language, provide_language, translate, use_language},
    places::{PLACES, Place},
    session::provide_session,
    theme::provide_theme,
};

#[component]
pub fn Layout(children: Children) -> impl IntoView {
    // The error of a form that was sent without JavaScript comes with the address. The router reads it when it renders
    // the pages, which is after the actions of the session have been made.
    use_url().read_untracked().provide_server_action_error();
    let session = provide_session();
    provide_language();
    provide_theme();
    provide_toasts();
    let language = use_language();
    let (palette, shortcuts) = (RwSignal::new(false), RwSignal::new(false));
    let location = use_location();
    let links = move || {
        PLACES
            .into_iter()
            .map(|Place { address, name, .. }| {
                let here = move || {
                    let path = location.pathname.get();
                    if address == "/" {
                        path == "/"
                    } else {
                        path == address || path.starts_with(&format!("{address}/"))
                    }
                };
                view! { <A href=address exact=true attr:aria-current=move || here().then_some("page")>{translate(name)}</A> }
            })
            .collect_view()
    };
    let account = move || {
        // All that it says is made anew.
        language.get();
        Suspend::new(async move {
            let user = session.user.await.ok().flatten();
            user.map(|user| {
                view! {
                    <nav class="places" aria-label=t!("Main")>{links()}</nav>
                    <div class="account">
                        <PaletteButton open=palette />
                        <span class="account-name" dir="auto" title=user.email>{user.username}</span>
                        <ActionForm action=session.logout>
                            <button class="button quiet" type="submit">{t!("Log out")}</button>
                        </ActionForm>
                    </div>
                    <Palette open=palette shortcuts />
                    <Shortcuts open=shortcuts palette />
                }
            })
        })
    };
    view! {
        <a class="skip" href="#content">
            {move || {
                language.get();
                t!("Skip to the content")
            }}
        </a>
        <header class="top">
            <A href="/" attr:class="brand">
                <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
                    <path class="brand-body" d="M5 21h14l-1.6-9H6.6z"></path>
                    <path class="brand-flame" d="M12 2c2.6 3 4.4 4.9 4.4 7.2A4.4 4.4 0 0 1 12 13.6a4.4 4.4 0 0 1-4.4-4.4c0-1.4.7-2.3 1.6-3.2.3 1 .9 1.6 1.6 1.9C10.5 5.7 10.9 3.8 12 2z"></path>
                </svg>
                "Athanor"
            </A>
            <Transition fallback=|| ()>{account}</Transition>
            {in_language(|| view! { <LookMenus /> })}
        </header>
        <main id="content">{children()}</main>
        <ToastRegion />
    }
}
