//! The site map: a line a page. Every page is rendered whole before it is sent, so that it is readable without
//! JavaScript and its status is true.

use leptos::prelude::*;
use leptos_router::{
    SsrMode,
    components::{Route, Routes},
    path,
};

use crate::pages::{
    dashboard::Dashboard, dataset::DatasetPage, datasets::Datasets, job::JobPage, jobs::Jobs, login::LoginPage,
    model::ModelPage, models::Models, not_found::NotFound, register::RegisterPage, train::Train,
};

#[component]
pub fn Pages() -> impl IntoView {
    view! {
        <Routes fallback=|| view! { <NotFound what="Page" /> }>
            <Route path=path!("/") view=Dashboard ssr=SsrMode::Async />
            <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async />
            <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async />
            <Route path=path!("/datasets") view=Datasets ssr=SsrMode::Async />
            <Route path=path!("/datasets/:id") view=DatasetPage ssr=SsrMode::Async />
            <Route path=path!("/train") view=Train ssr=SsrMode::Async />
            <Route path=path!("/jobs") view=Jobs ssr=SsrMode::Async />
            <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async />
            <Route path=path!("/models") view=Models ssr=SsrMode::Async />
            <Route path=path!("/models/:id") view=ModelPage ssr=SsrMode::Async />
        </Routes>
    }
}
