//! `cargo xtask test`: everything that has to hold, from the cheapest to the dearest.

use std::{
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use crate::{
    apt, chaos, command, e2e, formats, fuzz, host, postgres, schemathesis,
    site::{self, Edition},
    supply, tidy,
    workspace::Workspace,
};

/// What can be asked for alone.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Rules of the house, formatting, clippy
    Lint,
    /// Licences, sources and advisories of the crates alone
    Supply,
    /// Tests beside the code
    Unit,
    /// Tests that drive a real server, agent or trainer
    Flow,
    /// Models in other programs: ONNX
    Formats,
    /// Thousands of requests that the specification allows or forbids
    Schemathesis,
    /// Ten rounds of chaos
    Chaos,
    /// Tests in a real Chromium
    E2e,
    /// The slow set, which runs only when it is asked for: every fuzz target for a minute
    Fuzz,
}

type Step = (Part, &'static str, fn(&Workspace) -> anyhow::Result<()>);

const STEPS: &[Step] = &[
    (Part::Lint, "tidy", tidy::run),
    (Part::Lint, "fmt", fmt),
    (Part::Supply, "crates", supply::check),
    (Part::Lint, "clippy", clippy),
    (Part::Lint, "clippy of the page", clippy_page),
    (Part::Unit, "unit tests", unit),
    (Part::Flow, "flow tests", flow),
    (Part::Formats, "formats", formats::test),
    (Part::Schemathesis, "schemathesis", schemathesis::test),
    (Part::Chaos, "chaos", chaos::test),
    (Part::E2e, "browser tests", |workspace| e2e::run(workspace, &[])),
    (Part::Fuzz, "fuzz targets", fuzz::test),
];

/// Runs the parts and stops at the first that fails.
pub fn run(workspace: &Workspace, only: Option<Part>) -> anyhow::Result<ExitCode> {
    let mut times = Vec::new();
    let mut failed = None;
    for (part, name, step) in STEPS {
        // Chance decides what fuzzing finds, so it is no part of what tells whether a change is sound.
        if only.map_or(*part == Part::Fuzz, |only| only != *part) {
            continue;
        }
        let start = Instant::now();
        let result = step(workspace);
        times.push((*name, start.elapsed(), result.is_ok()));
        if let Err(error) = result {
            failed = Some(error);
            break;
        }
    }
    eprintln!();
    for (name, time, passed) in times {
        eprintln!("{} {name:<20} {:>8}", if passed { "passed" } else { "FAILED" }, seconds(time));
    }
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn fmt(workspace: &Workspace) -> anyhow::Result<()> {
    host::component(workspace, "fmt", "rustfmt")?;
    command::run("Checking the format", workspace.cargo().args(["fmt", "--all", "--check"]), "run `cargo fmt --all`")
}

fn clippy(workspace: &Workspace) -> anyhow::Result<()> {
    host::component(workspace, "clippy", "clippy")?;
    lint("Clippy for what runs on this machine", host::cargo(workspace, "clippy").arg("--all-targets"))?;
    lint("Clippy for xtask", workspace.cargo().args(["clippy", "-p", "xtask", "--all-targets"]))
}

/// On the triple of this machine: the compiler for browsers may come without a clippy that can read its library.
fn clippy_page(workspace: &Workspace) -> anyhow::Result<()> {
    host::component(workspace, "clippy", "clippy")?;
    for (feature, what) in [("hydrate", "--lib"), ("csr", "--bins")] {
        let mut cargo = workspace.cargo();
        cargo.args(["clippy", "-p", "app", "-p", "frontend", "--features", &format!("frontend/{feature}"), what]);
        if what == "--bins" {
            cargo.arg("--lib");
        }
        lint(&format!("Clippy for the page with feature {feature}"), &mut cargo)?;
    }
    // A call of its own: with anything that trains in the same call, the engine would have Burn.
    lint("Clippy for the models' half in browsers", workspace.cargo().args(["clippy", "-p", "inference", "--lib"]))
}

fn lint(reason: &str, cargo: &mut Command) -> anyhow::Result<()> {
    command::run(reason, cargo.args(["--", "-D", "warnings"]), "mend what clippy says above")
}

fn unit(workspace: &Workspace) -> anyhow::Result<()> {
    let mut cargo = host::cargo(workspace, "test");
    tests(
        "Unit tests (the first time this compiles Burn, which takes several minutes)",
        cargo.args(["--lib", "--bins"]),
    )?;
    tests("Unit tests of xtask", workspace.cargo().args(["test", "-p", "xtask"]))
}

fn flow(workspace: &Workspace) -> anyhow::Result<()> {
    postgres::ensure()?;
    apt::ensure("sqlite3", "a program that locks the database, for the tests")?;
    site::build(workspace, Edition::Development)?;
    tests("Flow tests", host::cargo(workspace, "test").args(["--test", "*"]))
}

fn tests(reason: &str, cargo: &mut Command) -> anyhow::Result<()> {
    command::run(reason, cargo, "mend what fails above")
}
