//! `athanor openapi`: prints the specification that `/api/openapi.json` serves.

use std::process::ExitCode;

pub fn run() -> ExitCode {
    match crate::router::specification().to_pretty_json() {
        Ok(json) => {
            println!("{json}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("athanor: the specification cannot be printed: {error}");
            ExitCode::FAILURE
        }
    }
}
