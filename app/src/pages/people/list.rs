//! The list of people: searched, a line each, and whoever is looked at more closely.

use domain::{
    UserId,
    user::{UserPage, UserView},
};
use leptos::prelude::*;
use leptos_router::components::{A, Form};

use super::{ADDRESS, Asked, Shown, person::Person};
use crate::components::{format, loaded::loaded, people_words::role_word};

#[component]
pub fn List(me: UserId, shown: Shown) -> impl IntoView {
    let asked = shown.asked;
    view! {
        <Form method="GET" action=ADDRESS attr:class="filters">
            <label for="people-search" class="visually-hidden">{t!("Search by name or e-mail")}</label>
            <input
                id="people-search"
                name="search"
                type="search"
                dir="auto"
                autocomplete="off"
                placeholder=t!("Name or e-mail")
                value=asked.with_untracked(|asked| asked.search.clone())
            />
            <button class="button" type="submit">{t!("Search")}</button>
        </Form>
        {loaded(shown.people, marked!("People"), move |page| view! { <Page me page shown /> })}
    }
}

#[component]
fn Page(me: UserId, page: UserPage, shown: Shown) -> impl IntoView {
    let UserPage { users, count, next_cursor } = page;
    let searched = shown.asked.with_untracked(|asked| asked.search.clone());
    let older = next_cursor.map(|after| {
        let older = Asked { search: searched.clone(), after: Some(after), ..Asked::default() }.address();
        view! { <p class="pages"><A href=older>{t!("More people")}</A></p> }
    });
    if users.is_empty() {
        return view! {
            <section class="empty">
                <h2>{t!("Nobody is called so")}</h2>
                <p><A href=ADDRESS>{t!("Show everybody")}</A></p>
            </section>
        }
        .into_any();
    }
    let rows = users.into_iter().map(|user| view! { <Row me user shown /> });
    view! {
        <p class="sub list-count">{format::counted(count, t!("person"), t!("people"))}</p>
        <ul class="lines people">{rows.collect_view()}</ul>
        {older}
    }
    .into_any()
}

#[component]
fn Row(me: UserId, user: UserView, shown: Shown) -> impl IntoView {
    let id = user.id;
    let open = Memo::new(move |_| shown.asked.with(|asked| asked.person == Some(id)));
    let address = move || {
        let person = (!open.get()).then_some(id);
        shown.asked.with(|asked| Asked { person, ..asked.clone() }.address())
    };
    let seen = match user.last_seen_at {
        Some(at) => t!("last seen {at}", at = format::moment(at)),
        None => t!("never seen").to_owned(),
    };
    let since = t!("here since {date}", date = format::date(user.created_at));
    let state =
        |is: bool, class: &'static str, word: &'static str| is.then(|| view! { <span class=class>{word}</span> });
    let marks = view! {
        <span class="label">{role_word(user.role)}</span>
        {state(user.disabled, "badge failed", t!("Locked"))}
        {state(user.must_change_password, "badge stopped", t!("Has to choose a new password"))}
        {state(user.second_factor, "badge completed", t!("Second factor"))}
        {state(id == me, "tag", t!("you"))}
    };
    let spoken = move |name: &str| {
        if open.get() { t!("Close {name}", name = name) } else { t!("Manage {name}", name = name) }
    };
    let (name, email) = (user.username.clone(), user.email.clone());
    let spoken_name = user.username.clone();
    view! {
        <li>
            <div class="line-about">
                <p class="row"><b><bdi>{name}</bdi></b> {marks}</p>
                <p class="sub"><bdi>{email}</bdi> " · " {since} " · " {seen}</p>
            </div>
            <A
                href=address
                scroll=false
                attr:class="button quiet"
                attr:aria-label=move || spoken(&spoken_name)
                attr:aria-expanded=move || open.get().to_string()
            >
                {move || if open.get() { t!("Close") } else { t!("Manage") }}
            </A>
            {move || open.get().then(|| view! { <Person me user=user.clone() shown /> })}
        </li>
    }
}
