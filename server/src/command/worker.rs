//! `athanor worker`: an agent alone. It trains what servers on the same database accept, on this machine.

use std::process::ExitCode;

use super::{confinement, platform_flags::PlatformFlags, run_until_done};
use crate::shutdown;

/// Every flag has a variable; `.env.sample` explains them all.
#[derive(clap::Args)]
pub struct Flags {
    #[command(flatten)]
    platform: PlatformFlags,
}

pub fn run(flags: Flags) -> ExitCode {
    run_until_done(work(flags))
}

async fn work(flags: Flags) -> anyhow::Result<()> {
    anyhow::ensure!(
        flags.platform.is_shared(),
        "a worker shares a database with a server: give both the same --database-url and the same --data-dir"
    );
    let platform = flags.platform.open().await?;
    confinement::tell();
    let running = platform.start();
    let stop = shutdown::on_signal();
    // The one line of standard output: whoever started us waits for it.
    println!("working");
    stop.cancelled().await;
    running.shutdown().await;
    Ok(())
}
