//! What the commands are made of that talk to a server, or do on this machine what a server would.

mod connection;
mod credentials;
mod curve;
mod display;
mod drawing;
pub mod exit;
mod failure;
mod find;
mod follow;
mod interrupt;
mod local;
mod new_file;
mod predicting;
mod prompt;
mod terminal;
mod upload;
mod visible;

use std::process::ExitCode;

pub use connection::{Connection, ServerFlags};
pub use credentials::{Credential, Credentials, is_open_to_others, server_url};
pub use display::Display;
pub use drawing::parameter;
pub use exit::Exit;
pub use failure::Failure;
pub use find::{datasets, experiment, model, one_dataset};
pub use follow::{Away, follow, job, log, stop, submitted};
pub use local::train as train_here;
pub use new_file::NewFile;
pub use predicting::predict;
pub use upload::{LocalFile, push};
pub use visible::visible;

pub mod ask {
    //! Questions at a terminal.
    pub use super::prompt::{confirmed, line, password, secret_from_stdin};
    pub use super::terminal::can_ask;
}

pub mod tell {
    //! Standard output and standard error.
    pub use super::terminal::{complain, say, say_json, table};
}

/// Runs a command to its end, and says why it failed.
pub fn run(as_json: bool, command: impl FnOnce() -> Result<Exit, Failure>) -> ExitCode {
    let exit = command().unwrap_or_else(|failure| {
        failure.print(as_json);
        failure.exit
    });
    exit.into()
}
