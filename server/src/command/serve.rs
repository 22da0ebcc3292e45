//! `athanor serve`: opens the platform, starts the agent, answers HTTP, and stops all three in order.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Context;
use domain::access::FIRST_ACCOUNT;
use tokio::net::TcpListener;

use super::{confinement, platform_flags::PlatformFlags, request_flags::RequestFlags, run_until_done};
use crate::{connections, router, shutdown, site::Site, state::AppState};

/// How long open connections may take to end once the server is to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Every flag has a variable; `.env.sample` explains them all.
#[derive(clap::Args)]
pub struct Flags {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, env = "ATHANOR_ADDR", default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    #[command(flatten)]
    platform: PlatformFlags,
    /// Folder of the built page, for executables that do not carry it.
    #[arg(long, env = "ATHANOR_SITE_DIR", default_value = "target/site")]
    site_dir: PathBuf,
    #[command(flatten)]
    requests: RequestFlags,
    /// Whoever sends it as a Bearer token may read /metrics; without it only programs of this machine may.
    #[arg(long = "metrics-token", env = "ATHANOR_METRICS_TOKEN", hide_env_values = true, hide = true)]
    metrics_token: Option<String>,
}

pub fn run(flags: Flags) -> ExitCode {
    run_until_done(serve(flags))
}

async fn serve(flags: Flags) -> anyhow::Result<()> {
    let site = Site::load(&flags.site_dir)?;
    let platform = flags.platform.open().await?;
    let listener =
        TcpListener::bind(flags.addr).await.with_context(|| format!("could not listen on {}", flags.addr))?;
    let address = listener.local_addr()?;
    confinement::tell();
    let rules = flags.requests.rules(address)?;
    if rules.reach.is_open() {
        tracing::warn!("ATHANOR_PUBLIC_URL is not set: only addresses and names without a dot are answered");
    }
    if rules.reach.is_for_others() && !platform::users::any(&platform).await? {
        tracing::warn!("nobody has an account yet: make the first with `{FIRST_ACCOUNT}`");
    }
    let idle = rules.limits.idle();
    let running = platform.start();
    let stop = shutdown::on_signal();
    let upload_bytes = flags.platform.max_upload_bytes();
    let state = AppState::new(platform, site, rules, upload_bytes, flags.metrics_token, stop.clone());
    // The one line of standard output: whoever started us waits for it.
    println!("listening on http://{address}");
    let serving = connections::serve(listener, router::router(state), idle, stop.clone());
    tokio::select! {
        () = serving => {}
        () = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        } => tracing::warn!("some connections did not end in time"),
    }
    running.shutdown().await;
    Ok(())
}
