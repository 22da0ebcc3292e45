//! `athanor openapi`: prints the specification that `/api/openapi.json` serves.

use std::process::ExitCode;

pub fn run() -> ExitCode {
    match serde_json::to_string_pretty(&crate::router::specification()) {
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
