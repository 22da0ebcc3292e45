//! The frame of every page: where one is, where one can go, who one is.

use domain::{Role, user::UserView};
use leptos::{children::Children, form::ActionForm, html, prelude::*};
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
                // Until a new password was chosen there is nowhere to go.
                let (admin, free) = (user.role == Role::Admin, !user.must_change_password);
                view! {
                    {free.then(|| view! { <nav class="places" aria-label=t!("Main")>{links()}</nav> })}
                    <div class="account">
                        {free.then(|| view! { <PaletteButton open=palette /> })}
                        {free.then(|| view! { <AccountMenu user /> })}
                        <ActionForm action=session.logout>
                            <button class="button quiet" type="submit">{t!("Log out")}</button>
                        </ActionForm>
                    </div>
                    {free.then(|| view! {
                        <Palette open=palette shortcuts admin />
                        <Shortcuts open=shortcuts palette />
                    })}
                }
                .into_any()
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
            {in_language(|| view! { <LookMenus /> }.into_any())}
        </header>
        <main id="content">{children()}</main>
        <ToastRegion />
    }
}

/// Who one is, and a menu of what concerns that: the browser's own, so that it works without a script.
#[component]
fn AccountMenu(user: UserView) -> impl IntoView {
    let menu = NodeRef::<html::Nav>::new();
    let close = move |_| {
        if let Some(menu) = menu.get_untracked() {
            // Fails where the browser knows no such menu; then it stays.
            let _ = menu.hide_popover();
        }
    };
    let people = (user.role == Role::Admin).then(|| {
        view! { <A href="/admin/users" attr:class="look-choice">{t!("People")}</A> }
    });
    view! {
        <button class="button quiet account-button" type="button" popovertarget="account-menu">
            <svg viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
                <circle class="icon-line" cx="12" cy="8.5" r="3.5"></circle>
                <path class="icon-line" d="M5 20c.6-4 3.3-6 7-6s6.4 2 7 6"></path>
            </svg>
            <span class="account-name" dir="auto" title=user.email>{user.username}</span>
        </button>
        <nav id="account-menu" class="look-menu" node_ref=menu popover="auto" aria-label=t!("Account") on:click=close>
            <A href="/settings" attr:class="look-choice">{t!("Settings")}</A>
            {people}
        </nav>
    }
}
