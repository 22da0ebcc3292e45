//! `athanor`: one executable, several roles. Each role is a file in `command`.

mod command;
mod http;
mod predictor;
mod router;
mod shutdown;
mod site;
mod specification;
mod state;
mod telemetry;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

// Worth 1.3 to 2 times in training, where a step allocates hundreds of small tensors.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted AI training platform: upload a dataset, fill in a form, watch a model train, use it.
#[derive(Parser)]
#[command(name = "athanor", version)]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Answer HTTP and train jobs.
    Serve(command::serve::Flags),
    /// Train jobs for servers that use the same PostgreSQL and data directory.
    Worker(command::worker::Flags),
    /// Back up, restore, examine.
    Admin(command::admin::Flags),
    /// Train one job given on standard input. Agents start this; people do not.
    #[command(hide = true)]
    Trainer,
    /// Print the OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    // A trainer knows nothing of the installation: it reads no `.env` and no variables.
    if std::env::args_os().nth(1).is_some_and(|role| role == "trainer") {
        return engine::run_trainer();
    }
    if let Err(error) = dotenvy::dotenv()
        && !error.not_found()
    {
        eprintln!("athanor: .env could not be read: {error}");
        return ExitCode::FAILURE;
    }
    match Arguments::parse().role {
        Role::Serve(flags) => command::serve::run(flags),
        Role::Worker(flags) => command::worker::run(flags),
        Role::Admin(flags) => command::admin::run(flags),
        Role::Trainer => engine::run_trainer(),
        Role::Openapi => command::openapi::run(),
    }
}
