//! The site map: a line a page. Every page is rendered whole before it is sent, so that it is readable without
//! JavaScript and its status is true. Its code is a module of its own, which a browser loads when it shows the page.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Routes},
    path,
};

use crate::{
    language::in_language,
    pages::{
        compare::ComparePage, dashboard::Dashboard, dataset::DatasetPage, datasets::Datasets,
        experiment::ExperimentPage, experiments::Experiments, job::JobPage, jobs::Jobs, login::LoginPage,
        model::ModelPage, models::Models, not_found::NotFound, people::PeoplePage, register::RegisterPage,
        reset::ResetPage, settings::SettingsPage, train::Train,
    },
};

/// A page whose code comes in a part of the module, which the pages named with it share. Each page alone would be
/// smaller, but what two parts have in common becomes a part too: every page alone makes 150 files.
///
/// `cargo xtask` divides the module; `trunk`, which builds for `csr`, does not.
#[cfg(not(feature = "csr"))]
macro_rules! lazy {
    ($part:ident, $page:ident) => {{
        struct ThisPage;
        impl leptos_router::LazyRoute for ThisPage {
            fn data() -> Self {
                Self
            }

            async fn view(_: Self) -> AnyView {
                page().await
            }

            // Hydration finds the server's nodes only when the view is there at once.
            async fn preload() {
                #[cfg(target_family = "wasm")]
                __preload_page().await;
            }
        }
        #[leptos::lazy($part)]
        fn page() -> AnyView {
            $page().into_any()
        }
        leptos_router::Lazy::<ThisPage>::new()
    }};
}
#[cfg(feature = "csr")]
macro_rules! lazy {
    ($part:ident, $page:ident) => {
        $page
    };
}

/// The site map, with further pages behind it.
macro_rules! site_map {
    ($($further:tt)*) => {
        view! {
            <Routes fallback=|| in_language(|| view! { <NotFound what=t!("Page") /> })>
                <Route path=path!("/") view=lazy!(home, Dashboard) ssr=SsrMode::Async />
                <Route path=path!("/login") view=lazy!(entrance, LoginPage) ssr=SsrMode::Async />
                <Route path=path!("/register") view=lazy!(entrance, RegisterPage) ssr=SsrMode::Async />
                <Route path=path!("/reset") view=lazy!(entrance, ResetPage) ssr=SsrMode::Async />
                <Route path=path!("/settings") view=lazy!(account, SettingsPage) ssr=SsrMode::Async />
                <Route path=path!("/admin/users") view=lazy!(account, PeoplePage) ssr=SsrMode::Async />
                <Route path=path!("/datasets") view=lazy!(lists, Datasets) ssr=SsrMode::Async />
                <Route path=path!("/datasets/:id") view=lazy!(lists, DatasetPage) ssr=SsrMode::Async />
                <Route path=path!("/train") view=lazy!(forms, Train) ssr=SsrMode::Async />
                <Route path=path!("/jobs") view=lazy!(lists, Jobs) ssr=SsrMode::Async />
                <Route path=path!("/jobs/:id") view=lazy!(job, JobPage) ssr=SsrMode::Async />
                <Route path=path!("/compare") view=lazy!(compare, ComparePage) ssr=SsrMode::Async />
                <Route path=path!("/experiments") view=lazy!(compare, Experiments) ssr=SsrMode::Async />
                <Route path=path!("/experiments/:id") view=lazy!(compare, ExperimentPage) ssr=SsrMode::Async />
                <Route path=path!("/models") view=lazy!(lists, Models) ssr=SsrMode::Async />
                <Route path=path!("/models/:id") view=lazy!(forms, ModelPage) ssr=SsrMode::Async />
                $($further)*
            </Routes>
        }
    };
}

#[component]
pub fn Pages() -> impl IntoView {
    #[cfg(any(debug_assertions, feature = "design"))]
    let pages = {
        use crate::pages::design::DesignPage;
        site_map! { <Route path=path!("/design") view=lazy!(design, DesignPage) ssr=SsrMode::Async /> }
    };
    #[cfg(not(any(debug_assertions, feature = "design")))]
    let pages = site_map! {};
    pages
}
