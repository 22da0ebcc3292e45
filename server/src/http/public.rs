//! What may be asked without having signed in. `tests/flow/routes.txt` says so of every route, and a test asks them all.

/// By the patterns of routes.
const PUBLIC: &[&str] = &[
    "/login",
    "/register",
    "/reset",
    "/api/auth/login",
    "/api/auth/register",
    "/api/auth/reset",
    "/api/docs",
    "/api/docs/",
    "/api/docs/{*rest}",
    "/api/fn/current_user",
    "/api/fn/login",
    "/api/fn/register",
    "/api/fn/reset_password",
    "/api/fn/set_language",
    "/api/fn/set_theme",
    "/api/fn/way_in",
    "/api/health",
    "/api/openapi.json",
    "/health",
    "/metrics",
];

/// Whether the route with this pattern is.
pub fn is_public(pattern: &str) -> bool {
    PUBLIC.contains(&pattern)
}
