//! What every handler may reach.

use std::sync::Arc;

use axum::extract::FromRef;
use leptos::prelude::LeptosOptions;
use platform::Platform;
use tokio_util::sync::CancellationToken;

use crate::{
    http::{client_address::TrustedProxies, host::Reach, limits::Limits, origin::Origin, rate_limit::RateLimits},
    site::Site,
};

/// What is asked of every request before a handler sees it.
pub struct Rules {
    pub proxies: TrustedProxies,
    pub reach: Reach,
    /// Origins other than our own whose pages may call the API.
    pub cors: Vec<Origin>,
    pub limits: Limits,
    /// None when there is no limit.
    pub rates: Option<RateLimits>,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub platform: Platform,
    pub site: Arc<Site>,
    pub leptos: LeptosOptions,
    /// Who may ask, from where and how much.
    pub rules: Arc<Rules>,
    /// Largest body of an upload.
    pub max_upload_bytes: u64,
    /// Whoever has it may read the metrics from anywhere.
    pub metrics_token: Option<Arc<str>>,
    /// Cancelled when the server is to stop: sockets end themselves.
    pub stop: CancellationToken,
}

impl AppState {
    pub fn new(
        platform: Platform,
        site: Site,
        rules: Rules,
        max_upload_bytes: u64,
        metrics_token: Option<String>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            platform,
            site: Arc::new(site),
            leptos: LeptosOptions::builder().output_name("athanor").build(),
            rules: Arc::new(rules),
            max_upload_bytes,
            metrics_token: metrics_token.filter(|token| !token.is_empty()).map(Into::into),
            stop,
        }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}
