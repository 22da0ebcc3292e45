//! The way from a page of a list to the pages beside it: plain links, so that it needs no script, and the browser goes back.

use leptos::prelude::*;
use leptos_router::{
    components::A,
    hooks::{use_location, use_query_map},
};

use crate::api::list_page::Beside;

/// The parameter of the address that says where a page begins.
const CURSOR: &str = "cursor";

/// Which page the address asks for; the first one when empty.
pub fn use_cursor() -> Memo<String> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(CURSOR)).unwrap_or_default())
}

/// Nothing where one page is all. What else the address says stays, but for what became of a form.
#[component]
pub fn ListPages(beside: Beside) -> impl IntoView {
    let (query, path) = (use_query_map(), use_location().pathname);
    let link = move |cursor: String, rel: &'static str, text: &'static str| {
        let mut kept = query.get_untracked();
        for name in [CURSOR, "__path", "__err"] {
            kept.remove(name);
        }
        if !cursor.is_empty() {
            kept.insert(CURSOR, cursor);
        }
        let address = path.get_untracked() + &kept.to_query_string();
        view! { <A href=address attr:rel=rel>{text}</A> }
    };
    let Beside { newer, older } = beside;
    (newer.is_some() || older.is_some()).then(|| {
        view! {
            <nav class="pages row" aria-label=t!("Pages")>
                {newer.map(|cursor| link(cursor, "prev", t!("Newer")))}
                {older.map(|cursor| link(cursor, "next", t!("Older")))}
            </nav>
        }
    })
}
