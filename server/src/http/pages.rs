//! The pages that people see: who asks is found out first, then Leptos renders.

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{Method, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use domain::ApiError;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list};
use platform::users::Identity;

use super::{
    assets,
    error::{Failure, no_such_path, wants_html},
    principal::{identify, origin},
    public::is_public,
    upload_form,
};
use crate::state::AppState;

/// Where a new password is chosen.
const ACCOUNT: &str = "/settings";

/// All pages, and the server functions behind them.
pub fn routes(state: &AppState) -> Router<AppState> {
    let routes = generate_route_list(app::App);
    let (platform, names) = (state.platform.clone(), state.site.names.clone());
    let context = move || provide_context(platform.clone());
    Router::new()
        .leptos_routes_with_context(state, routes, context, move || app::shell(names.clone()))
        .route(app::api::datasets::UPLOAD_PATH, post(upload_form::upload).layer(DefaultBodyLimit::disable()))
        .layer(middleware::from_fn_with_state(state.clone(), who_is_asking))
}

/// Everything that no route matches: static files, the "not found" page for people, JSON for programs.
pub async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let read = matches!(*request.method(), Method::GET | Method::HEAD);
    if read && let Some(file) = assets::serve(&state.site, request.uri().path(), request.headers()) {
        return file;
    }
    if !read || request.uri().path().starts_with("/api") || !wants_html(request.headers()) {
        return no_such_path().into_response();
    }
    let identity = match identify(&state, request.headers()).await {
        Ok(identity) => identity,
        Err(failure) => return failure.into_response(),
    };
    let mut request = request;
    if let Some(Identity::Caller(principal)) = identity {
        request.extensions_mut().insert(principal);
    }
    let (platform, names) = (state.platform.clone(), state.site.names.clone());
    let context = move || provide_context(platform.clone());
    leptos_axum::render_app_async_with_context(context, move || app::shell(names.clone()))(request).await
}

/// Looks up the caller once and leaves it where the pages and server functions find it. Signed-out visitors of a page
/// are sent to the login page and come back afterwards. Of server functions they get no further than this, so that none
/// reads what they send before it is known who they are, or forgets to ask.
async fn who_is_asking(State(state): State<AppState>, request: Request, next: Next) -> Result<Response, Failure> {
    let (mut parts, body) = request.into_parts();
    let from = origin(&parts);
    parts.extensions.insert(from);
    let mut request = Request::from_parts(parts, body);
    let identity = identify(&state, request.headers()).await?;
    let page = !request.uri().path().starts_with("/api/");
    let public = request.extensions().get::<MatchedPath>().is_some_and(|pattern| is_public(pattern.as_str()));
    match identity {
        Some(Identity::Caller(principal)) => {
            request.extensions_mut().insert(principal);
        }
        Some(Identity::AccountOnly(_)) if page && request.uri().path() != ACCOUNT => {
            return Ok(Redirect::to(ACCOUNT).into_response());
        }
        Some(Identity::AccountOnly(owner)) => {
            request.extensions_mut().insert(app::AccountOnly(owner));
        }
        None if public => {}
        None if page => return Ok(to_login(&state, request.uri()).await?.into_response()),
        None if wants_html(request.headers()) => return Ok(Redirect::to("/login").into_response()),
        None => return Err(ApiError::unauthenticated().into()),
    }
    let mut response = next.run(request).await;
    if page {
        // Pages show what is private and what changes.
        response.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

async fn to_login(state: &AppState, uri: &Uri) -> Result<Redirect, Failure> {
    if !platform::users::any(&state.platform).await? {
        return Ok(Redirect::to("/register"));
    }
    let wanted = uri.path_and_query().map_or("/", |path| path.as_str());
    if wanted == "/" {
        return Ok(Redirect::to("/login"));
    }
    Ok(Redirect::to(&format!("/login?next={}", app::encode_component(wanted))))
}
