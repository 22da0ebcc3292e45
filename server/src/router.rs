//! The table of contents: a line an endpoint.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    http::{
        auth, client_address, conditional, cors, datasets, error, experiments, extract::BODY_BYTES, health, host,
        invitations, limits, metrics, models, pages, rate_limit, security, shares, to_the_end::to_the_end, tokens,
        training, users, webhooks, ws,
    },
    specification,
    state::AppState,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Athanor", description = "Upload a dataset, train a model, watch it live, use it."),
    tags(
        (name = "auth", description = "Accounts and sessions"),
        (name = "datasets", description = "Tables to train on"),
        (name = "training", description = "Jobs"),
        (name = "experiments", description = "Jobs that belong together"),
        (name = "models", description = "Trained models"),
        (name = "tokens", description = "For programs"),
        (name = "webhooks", description = "Programs that are told when a job has ended"),
        (name = "users", description = "People"),
        (name = "invitations", description = "Links by which people make accounts"),
        (name = "sharing", description = "Who sees what"),
        (name = "health", description = "How the server is")),
    security(("bearer" = [])),
    components(schemas(error::FailureBody, domain::webhook::WebhookMessage)),
    modifiers(&Bearer))]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// Everything that is in the specification.
fn api() -> OpenApiRouter<AppState> {
    OpenApiRouter::with_openapi(Document::openapi())
        // accounts
        .routes(routes!(auth::register))
        .routes(routes!(auth::login))
        .routes(routes!(auth::verify))
        .routes(routes!(auth::me))
        .routes(routes!(auth::logout))
        .routes(routes!(auth::sessions, auth::end_other_sessions))
        .routes(routes!(auth::end_session))
        .routes(routes!(auth::change_password))
        .routes(routes!(auth::reset_password))
        .routes(routes!(auth::propose_second_factor, auth::confirm_second_factor, auth::end_second_factor))
        .routes(routes!(tokens::list, tokens::create))
        .routes(routes!(tokens::delete))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::delete))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        // people
        .routes(routes!(users::list))
        .routes(routes!(users::get, users::change, users::delete))
        .routes(routes!(users::reset))
        .routes(routes!(users::end_second_factor))
        .routes(routes!(invitations::list, invitations::create))
        .routes(routes!(invitations::delete))
        .routes(routes!(invitations::audit_log))
        .routes(routes!(shares::get, shares::set))
        // datasets
        .routes(routes!(datasets::list))
        .routes(routes!(datasets::get, datasets::delete))
        .routes(routes!(datasets::preview))
        .routes(routes!(datasets::image))
        .routes(routes!(datasets::download))
        // training
        .routes(routes!(training::submit))
        .routes(routes!(training::estimate))
        .routes(routes!(training::status))
        .routes(routes!(training::list))
        .routes(routes!(training::get, training::change, training::delete))
        .routes(routes!(training::stop))
        .routes(routes!(training::resume))
        .routes(routes!(training::retry))
        .routes(routes!(training::clone))
        .routes(routes!(training::metrics))
        .routes(routes!(training::logs))
        .routes(routes!(training::usage))
        .routes(routes!(training::download))
        // experiments
        .routes(routes!(experiments::list, experiments::create))
        .routes(routes!(experiments::get, experiments::change, experiments::delete))
        .routes(routes!(experiments::compare))
        // models
        .routes(routes!(models::list))
        .routes(routes!(models::get, models::delete))
        .routes(routes!(models::predict))
        .routes(routes!(models::download))
        .routes(routes!(models::file))
        // how the server is
        .routes(routes!(health::alive))
        .routes(routes!(health::detail))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        // uploads stream to disk under a limit of their own
        .merge(
            OpenApiRouter::new()
                .routes(routes!(datasets::upload))
                .routes(routes!(datasets::validate))
                .layer(DefaultBodyLimit::disable()),
        )
}

/// The OpenAPI document.
pub fn specification() -> serde_json::Value {
    specification::complete(api().split_for_parts().1)
}

/// The whole server.
pub fn router(state: AppState) -> Router {
    let (api, document) = api().split_for_parts();
    let document = specification::complete(document);
    let router = Router::new()
        .merge(api)
        .merge(SwaggerUi::new("/api/docs").external_url_unchecked("/api/openapi.json", document))
        .layer(middleware::from_fn(conditional::tag))
        // `any`, so that HTTP/2 can upgrade too
        .route("/ws", any(ws::upgrade))
        // not in the specification: for machines of the house
        .route("/metrics", get(metrics::read))
        .merge(pages::routes(&state))
        .method_not_allowed_fallback(error::wrong_method)
        .fallback(pages::fallback);
    // From the inside out: the origin gate refuses before a handler runs, a request that was begun is carried out, whoever
    // asks too often costs no more than the question, and whatever fails gets its body last.
    let router = router
        .layer(middleware::from_fn_with_state(state.clone(), limits::size))
        .layer(middleware::from_fn_with_state(state.clone(), limits::turn))
        .layer(middleware::from_fn_with_state(state.clone(), security::origin_gate))
        .layer(middleware::from_fn(to_the_end))
        .layer(middleware::from_fn_with_state(state.clone(), limits::time))
        .layer(middleware::from_fn_with_state(state.clone(), rate_limit::rate_limit));
    let router = match cors::layer(&state.rules.cors) {
        Some(cors) => router.layer(cors),
        None => router,
    };
    router
        .layer(middleware::from_fn_with_state(state.clone(), host::gate))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(error::render))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(metrics::count))
        .layer(middleware::from_fn_with_state(state.clone(), client_address::arrive))
        .with_state(state)
}
