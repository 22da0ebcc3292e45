//! What people see: the document, the route table, and the server functions behind the pages. Rendered by the server
//! first, then alive in the browser.

#![recursion_limit = "512"]

pub mod api;
pub mod components;
pub mod live;
mod pages;
mod return_to;
mod routes;
mod session;
#[cfg(feature = "ssr")]
mod ssr;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::Router;
use serde::Deserialize;

pub use return_to::encode_component;
#[cfg(feature = "ssr")]
pub use session::{SESSION_COOKIE, session_cookie};

use crate::{components::layout::Layout, routes::Pages};

/// Addresses of the built scripts and styles: `assets.json` of the site.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AssetNames {
    pub js: String,
    pub wasm: String,
    pub css: String,
}

/// The document around [`App`], as the server sends it.
#[cfg(feature = "ssr")]
pub fn shell(assets: AssetNames) -> impl IntoView {
    use leptos::nonce::use_nonce;
    use leptos_meta::MetaTags;
    ssr::protect_page();
    let start = format!(
        "import({:?}).then(athanor => athanor.default({{ module_or_path: {:?} }}).then(() => athanor.hydrate()))",
        assets.js, assets.wasm
    );
    view! {
        <!DOCTYPE html>
        <html lang="en" dir="ltr">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=assets.css />
                <link rel="modulepreload" href=assets.js />
                <MetaTags />
            </head>
            <body>
                <App />
                <script type="module" nonce=use_nonce() inner_html=start></script>
            </body>
        </html>
    }
}

/// What the tab of a page says.
fn document_title(page: String) -> String {
    if page.is_empty() { "Athanor".to_owned() } else { format!("{page} · Athanor") }
}

/// Everything inside the document.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Title formatter=document_title />
        <Router>
            <Layout>
                <Pages />
            </Layout>
        </Router>
    }
}
