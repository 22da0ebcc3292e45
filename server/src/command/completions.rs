//! `athanor completions`: a script by which a shell completes commands and flags.

use std::{
    io::{self, Write},
    process::ExitCode,
};

use clap_complete::Shell;

use crate::client::{self, Exit, Failure};

/// For bash, in ~/.bashrc: source <(athanor completions bash).
#[derive(clap::Args)]
pub struct Flags {
    shell: Shell,
}

pub fn run(flags: Flags, mut command: clap::Command) -> ExitCode {
    client::run(false, || {
        let mut script = Vec::new();
        clap_complete::generate(flags.shell, &mut command, "athanor", &mut script);
        let written = io::stdout().lock().write_all(&script);
        written.map_err(|error| Failure::refused(format!("The script could not be written: {error}.")))?;
        Ok(Exit::Done)
    })
}
