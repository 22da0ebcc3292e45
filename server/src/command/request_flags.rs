//! Who may ask this server, from where and how much. Each flag has a variable; `.env.sample` explains them all.

use std::{net::SocketAddr, time::Duration};

use anyhow::anyhow;

use crate::{
    http::{
        client_address::TrustedProxies,
        host::Reach,
        limits::Limits,
        origin::{self, Origin},
        rate_limit::RateLimits,
    },
    state::Rules,
};

#[derive(clap::Args)]
pub struct RequestFlags {
    /// Where people reach this server, such as https://athanor.example.org; several are separated by commas
    /// [default: this machine's names, or on a network addresses and names without a dot].
    #[arg(long, env = "ATHANOR_PUBLIC_URL")]
    public_url: Option<String>,
    /// Addresses and ranges of the proxies in front, whose X-Forwarded-For and X-Forwarded-Proto are believed.
    #[arg(long, env = "ATHANOR_TRUSTED_PROXIES")]
    trusted_proxies: Option<String>,
    /// Other origins whose pages may call the API, such as http://127.0.0.1:8080 while developing with Trunk.
    #[arg(long, env = "CORS_ORIGIN")]
    cors_origin: Option<String>,
    /// Requests a minute of one signed-in person or program; 0 is no limit. Who is not signed in has fewer.
    #[arg(long, env = "ATHANOR_RATE_LIMIT", default_value_t = 6_000, value_parser = clap::value_parser!(u32).range(0..=100_000_000))]
    rate_limit: u32,
    /// Predictions, previews and uploads that are worked on at once, each kind by itself [default: 8 per core, at least 32].
    #[arg(long, env = "ATHANOR_COSTLY_REQUESTS", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    costly_requests: Option<u16>,
    /// Seconds that an ordinary request may take.
    #[arg(long, env = "ATHANOR_REQUEST_SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    request_seconds: u64,
    /// Seconds that a client may send nothing, between two requests or within one.
    #[arg(long, env = "ATHANOR_IDLE_SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    idle_seconds: u64,
}

impl RequestFlags {
    /// `bound` is the address at which the server listens.
    ///
    /// # Errors
    /// A sentence for whoever starts the process.
    pub fn rules(&self, bound: SocketAddr) -> anyhow::Result<Rules> {
        let proxies: TrustedProxies = self
            .trusted_proxies
            .as_deref()
            .unwrap_or_default()
            .parse()
            .map_err(|why| anyhow!("ATHANOR_TRUSTED_PROXIES: {why}"))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let at_once = self.costly_requests.map_or((8 * cores).max(32), usize::from);
        Ok(Rules {
            proxies,
            reach: Reach::new(origins("ATHANOR_PUBLIC_URL", self.public_url.as_deref())?, bound),
            cors: origins("CORS_ORIGIN", self.cors_origin.as_deref())?,
            limits: Limits::new(
                Duration::from_secs(self.request_seconds),
                Duration::from_secs(self.idle_seconds),
                at_once,
            ),
            rates: RateLimits::new(self.rate_limit),
        })
    }
}

fn origins(variable: &str, text: Option<&str>) -> anyhow::Result<Vec<Origin>> {
    origin::list(text.unwrap_or_default()).map_err(|why| anyhow!("{variable}: {why}; name each one in full"))
}
