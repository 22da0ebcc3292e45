//! What people see: the document, the route table, and the server functions behind the pages. Rendered by the server
//! first, then alive in the browser.

#![recursion_limit = "512"]

#[macro_use]
mod language;

pub mod api;
mod browser_model;
pub mod components;
pub mod live;
#[cfg(feature = "ssr")]
mod markdown;
mod pages;
mod places;
mod preference;
mod return_to;
mod routes;
mod session;
#[cfg(feature = "ssr")]
mod ssr;
mod theme;

use std::collections::HashMap;

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::components::Router;
use serde::Deserialize;

pub use return_to::encode_component;
#[cfg(feature = "ssr")]
pub use session::{session_cookie, session_token};
#[cfg(feature = "ssr")]
pub use ssr::AccountOnly;

use crate::{components::layout::Layout, routes::Pages};

/// Addresses of the built scripts and styles: `assets.json` of the site.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct AssetNames {
    /// The folder of everything that runs: `athanor.js`, `athanor_bg.wasm`, the parts and their loader.
    pub scripts: String,
    pub css: String,
    /// The script that loads parts.
    pub loader: String,
    /// The parts that each lazy function needs, by its name.
    pub parts: HashMap<String, Vec<String>>,
    /// The worker that asks models in the browser.
    pub inference: String,
}

/// Name of the `<meta>` that says where the worker is that asks models.
pub(crate) const INFERENCE: &str = "inference";

/// The document around [`App`], as the server sends it.
#[cfg(feature = "ssr")]
pub fn shell(assets: AssetNames) -> impl IntoView {
    use leptos::{WasmSplitManifest, nonce::use_nonce};
    use leptos_meta::MetaTags;
    ssr::protect_page();
    let (theme, language) = (ssr::theme(), ssr::language());
    provide_context(language);
    let AssetNames { scripts, css, loader, parts, inference } = assets;
    let (js, wasm) = (format!("{scripts}/athanor.js"), format!("{scripts}/athanor_bg.wasm"));
    let start = format!(
        "import({js:?}).then(athanor => athanor.default({{ module_or_path: {wasm:?} }}).then(() => athanor.hydrate()))"
    );
    // From this Leptos tells browsers to fetch the parts of the page that is shown while they still read it.
    provide_context(WasmSplitManifest(ArcStoredValue::new((scripts, parts, loader))));
    view! {
        <!DOCTYPE html>
        <html lang=language.tag() dir=language.direction() data-theme=theme.attribute()>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content=theme.schemes() />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="stylesheet" href=css />
                <link rel="modulepreload" href=js />
                <meta name=INFERENCE content=inference />
                <link rel="preload" href={wasm} as="fetch" r#type="application/wasm" crossorigin="anonymous" />
                <MetaTags />
            </head>
            <body>
                <App />
                <script type="module" nonce=use_nonce() inner_html=start></script>
            </body>
        </html>
    }
}

/// What the tab of a page says. Where the document is written it is escaped here: leptos_meta puts it between the tags as it is
/// (0.8.7), and whoever names a dataset would write the page. A browser is given the words.
fn document_title(page: String) -> String {
    let title = if page.is_empty() { "Athanor".to_owned() } else { format!("{page} · Athanor") };
    if cfg!(feature = "ssr") { title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;") } else { title }
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
