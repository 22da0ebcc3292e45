//! `athanor`: one executable, several roles. Each role is a file in `command`.

mod client;
mod command;
mod connections;
mod http;
mod networks;
mod predictor;
mod router;
mod shutdown;
mod site;
mod specification;
mod state;
mod telemetry;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

// Worth 1.3 to 2 times in training, where a step allocates hundreds of small tensors.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A self-hosted AI training platform: upload a dataset, fill in a form, watch a model train, use it.
#[derive(Parser)]
#[command(name = "athanor", version, after_help = client::exit::Exit::help())]
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
    /// Sign in to a server.
    Login(command::login::Flags),
    /// Forget the token of a server.
    Logout(command::login::LogoutFlags),
    /// Datasets of a server.
    Data(command::data::Flags),
    /// Train a model, on a server or here.
    Train(command::train::Flags),
    /// List jobs of a server.
    Jobs(command::jobs::Flags),
    /// Show how a job goes until it ends.
    Watch(command::jobs::OneFlags),
    /// Print the log of a job.
    Logs(command::jobs::LogsFlags),
    /// Stop a job after its current step.
    Stop(command::jobs::OneFlags),
    /// Download a model.
    Pull(command::pull::Flags),
    /// Ask a model about every row of a file.
    Predict(command::predict::Flags),
    /// Print a script by which a shell completes commands.
    Completions(command::completions::Flags),
    /// Print every route that is registered, for the tests.
    #[command(hide = true)]
    Routes(command::routes::Flags),
}

/// Roles that work on an installation: they alone read its `.env`.
const OF_AN_INSTALLATION: [&str; 3] = ["serve", "worker", "admin"];

fn main() -> ExitCode {
    let role = std::env::args_os().nth(1);
    // A trainer knows nothing of the installation: it reads no `.env` and no variables.
    if role.as_ref().is_some_and(|role| role == "trainer") {
        return engine::run_trainer();
    }
    if role.is_some_and(|role| OF_AN_INSTALLATION.iter().any(|known| role == *known))
        && let Err(error) = dotenvy::dotenv()
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
        Role::Login(flags) => command::login::run(flags),
        Role::Logout(flags) => command::login::run_logout(flags),
        Role::Data(flags) => command::data::run(flags),
        Role::Train(flags) => command::train::run(flags),
        Role::Jobs(flags) => command::jobs::run(flags),
        Role::Watch(flags) => command::jobs::run_watch(flags),
        Role::Logs(flags) => command::jobs::run_logs(flags),
        Role::Stop(flags) => command::jobs::run_stop(flags),
        Role::Pull(flags) => command::pull::run(flags),
        Role::Predict(flags) => command::predict::run(flags),
        Role::Completions(flags) => command::completions::run(flags, Arguments::command()),
        Role::Routes(flags) => command::routes::run(flags),
    }
}
