//! `athanor routes`: prints every route of the router that `athanor serve` serves, a line each: method and pattern.
//!
//! Read from the router itself, which shows what it has only when it is printed for debugging. A list that is kept by hand
//! would not know of a route that somebody forgot, which is what the test that calls this looks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use tokio_util::sync::CancellationToken;

use super::{platform_flags::PlatformFlags, request_flags::RequestFlags, run_until_done};
use crate::{router, site::Site, state::AppState};

#[derive(clap::Args)]
pub struct Flags {
    #[command(flatten)]
    platform: PlatformFlags,
    #[command(flatten)]
    requests: RequestFlags,
    #[arg(long, env = "ATHANOR_SITE_DIR", default_value = "target/site")]
    site_dir: PathBuf,
}

pub fn run(flags: Flags) -> ExitCode {
    run_until_done(async move {
        let rules = flags.requests.rules(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let (site, platform) = (Site::load(&flags.site_dir)?, flags.platform.open().await?);
        let state = AppState::new(platform, site, rules, 0, None, CancellationToken::new());
        for route in routes(&format!("{:?}", router::router(state))).context("the router cannot be read")? {
            println!("{route}");
        }
        Ok(())
    })
}

/// From how axum 0.8 prints a router: the methods of each route by its number, then the paths by theirs.
fn routes(router: &str) -> Option<BTreeSet<String>> {
    let (router, _) = router.split_once("fallback_router")?;
    let (routes, paths) = router.split_once("node: Node { paths: {")?;
    let mut methods = BTreeMap::new();
    for route in routes.split("RouteId(").skip(1) {
        let (id, endpoint) = route.split_once(')')?;
        let allowed = endpoint.rsplit_once("allow_header: Bytes(b\"").and_then(|(_, rest)| rest.split_once('"'));
        // A HEAD comes with every GET; no list is every method.
        let named: Vec<&str> = allowed.map_or(vec!["ANY"], |(named, _)| named.split(',').collect());
        methods.insert(id, named.into_iter().filter(|method| *method != "HEAD").collect::<Vec<_>>());
    }
    let mut found = BTreeSet::new();
    for path in paths.split("RouteId(").skip(1) {
        let (id, rest) = path.split_once("): \"")?;
        let (path, _) = rest.split_once('"')?;
        found.extend(methods.get(id)?.iter().map(|method| format!("{method} {path}")));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        routing::{any, get},
    };

    use super::routes;

    #[test]
    fn a_router_is_read_as_it_is_built() {
        let router: Router = Router::new()
            .route("/a", get(|| async {}).post(|| async {}))
            .route("/b/{id}", get(|| async {}))
            .merge(Router::new().route("/c/{*rest}", any(|| async {})))
            .layer(axum::middleware::map_response(|response: axum::response::Response| async { response }));
        let found = routes(&format!("{router:?}")).unwrap();
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["ANY /c/{*rest}", "GET /a", "GET /b/{id}", "POST /a"]);
    }
}
