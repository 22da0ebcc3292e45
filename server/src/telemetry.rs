//! Logs, to standard error: standard output belongs to the line that says where we listen.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// `RUST_LOG` chooses what is logged; `ATHANOR_LOG_FORMAT=json` how.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("ATHANOR_LOG_FORMAT").is_ok_and(|format| format == "json") {
        logs.json().init();
    } else {
        logs.with_ansi(std::io::stderr().is_terminal()).with_target(false).init();
    }
}
