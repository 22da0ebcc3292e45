//! `athanor serve`: opens the platform, starts the agent, answers HTTP, and stops all three in order.

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use anyhow::Context;
use platform::{Config, Platform};
use tokio::net::TcpListener;

use crate::{predictor::EnginePredictor, router, shutdown, site::Site, state::AppState, telemetry};

/// How long open connections may take to end once the server is to stop.
const DRAIN: Duration = Duration::from_secs(5);

/// Every flag has a variable; `.env.sample` explains them all.
#[derive(clap::Args)]
pub struct Flags {
    /// Where to listen. Port 0 picks a free one.
    #[arg(long, env = "ATHANOR_ADDR", default_value = "127.0.0.1:3000")]
    addr: SocketAddr,
    /// Database, datasets, checkpoints and models.
    #[arg(long, env = "ATHANOR_DATA_DIR", default_value = "artifacts")]
    data_dir: PathBuf,
    /// Jobs trained at once, each on one thread [default: one per core].
    #[arg(long, env = "ATHANOR_SLOTS", value_parser = clap::value_parser!(u16).range(1..=1024))]
    slots: Option<u16>,
    /// Folder of the built page, for executables that do not carry it.
    #[arg(long, env = "ATHANOR_SITE_DIR", default_value = "target/site")]
    site_dir: PathBuf,
    /// Cost of a password hash; each step doubles the time of a sign-in.
    #[arg(long, env = "ATHANOR_BCRYPT_COST", default_value_t = 12, value_parser = clap::value_parser!(u32).range(4..=31))]
    bcrypt_cost: u32,
    /// Days until a sign-in ends by itself.
    #[arg(long, env = "ATHANOR_SESSION_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    session_days: u32,
    /// Largest upload in megabytes.
    #[arg(long, env = "ATHANOR_MAX_UPLOAD_MB", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    max_upload_mb: u64,
    /// Signs the tokens, at least 32 bytes. A random one is made and kept in the data directory when absent.
    #[arg(long = "jwt-secret", env = "JWT_SECRET", hide_env_values = true, hide = true)]
    jwt_secret: Option<String>,
    /// Another origin whose pages may call the API, such as http://127.0.0.1:8080 while developing with Trunk.
    #[arg(long, env = "CORS_ORIGIN")]
    cors_origin: Option<String>,
}

pub fn run(flags: Flags) -> ExitCode {
    telemetry::start();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let served = runtime.context("could not start the runtime").and_then(|runtime| runtime.block_on(serve(flags)));
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("athanor: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: Flags) -> anyhow::Result<()> {
    let site = Site::load(&flags.site_dir)?;
    let platform = Platform::open(config(&flags)?, Arc::new(EnginePredictor::default())).await?;
    let listener =
        TcpListener::bind(flags.addr).await.with_context(|| format!("could not listen on {}", flags.addr))?;
    let address = listener.local_addr()?;
    let running = platform.start();
    let stop = shutdown::on_signal();
    let state = AppState::new(platform, site, flags.cors_origin, flags.max_upload_mb * 1_000_000, stop.clone());
    // The one line of standard output: whoever started us waits for it.
    println!("listening on http://{address}");
    let serving = axum::serve(listener, router::router(state)).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::select! {
        served = serving.into_future() => served?,
        () = async {
            stop.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        } => tracing::warn!("some connections did not end in time"),
    }
    running.shutdown().await;
    Ok(())
}

fn config(flags: &Flags) -> anyhow::Result<Config> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let executable = std::env::current_exe().context("could not find the path of this executable")?;
    Ok(Config {
        data_dir: flags.data_dir.clone(),
        slots: flags.slots.map_or(cores, usize::from),
        trainer: vec![executable.into_os_string(), OsString::from("trainer")],
        jwt_secret: flags.jwt_secret.clone().filter(|secret| !secret.is_empty()),
        bcrypt_cost: flags.bcrypt_cost,
        session_days: flags.session_days,
        max_upload_bytes: flags.max_upload_mb * 1_000_000,
    })
}
