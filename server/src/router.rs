//! The table of contents: a line an endpoint.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get},
};
use tower_http::{catch_panic::CatchPanicLayer, cors::CorsLayer};
use utoipa::{
    Modify, OpenApi,
    openapi::security::{Http, HttpAuthScheme, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};
use utoipa_swagger_ui::SwaggerUi;

use crate::{
    http::{
        auth, conditional, datasets, error, experiments, extract::BODY_BYTES, health, metrics, models, pages, security,
        to_the_end::to_the_end, training, ws,
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
        (name = "health", description = "How the server is")),
    security(("bearer" = [])),
    components(schemas(error::FailureBody)),
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
    // From the inside out: the origin gate refuses before a handler runs, and whatever fails gets its body last.
    let router = router
        .layer(middleware::from_fn_with_state(state.clone(), security::origin_gate))
        .layer(middleware::from_fn(to_the_end))
        .layer(CatchPanicLayer::custom(error::panicked))
        .layer(middleware::from_fn(error::render))
        .layer(middleware::from_fn(security::headers))
        .layer(middleware::from_fn(metrics::count));
    match state.cors_origin.as_deref().and_then(|origin| origin.parse::<axum::http::HeaderValue>().ok()) {
        Some(origin) => router.layer(cors(origin)).with_state(state),
        None => router.with_state(state),
    }
}

/// For pages of another origin, such as Trunk's while developing.
fn cors(origin: axum::http::HeaderValue) -> CorsLayer {
    use axum::http::{HeaderName, Method, header};
    CorsLayer::new()
        .allow_origin(origin)
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::DELETE])
        .allow_headers([
            header::CONTENT_TYPE,
            header::AUTHORIZATION,
            header::IF_NONE_MATCH,
            header::RANGE,
            header::IF_RANGE,
            HeaderName::from_static("idempotency-key"),
        ])
        .expose_headers([
            header::ETAG,
            header::ACCEPT_RANGES,
            header::CONTENT_RANGE,
            header::CONTENT_DISPOSITION,
            header::RETRY_AFTER,
        ])
}
