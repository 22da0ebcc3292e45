//! Flows through a real server process on a directory of its own. One executable, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say so and end")]

mod accounts;
mod bad_input;
mod breakpoints;
mod bundle;
mod cluster;
mod conditional;
mod control;
mod crowd;
mod datasets;
mod experiments;
mod find;
mod harness;
mod images;
mod limits;
mod live;
mod metrics;
mod models;
mod operations;
mod outages;
mod pages;
#[path = "../../../crates/platform/tests/postgres/mod.rs"]
mod postgres;
mod report;
mod server_functions;
mod settings;
mod specification;
mod start_from;
mod survival;
mod tables;
mod texts;
mod training;
mod uploads;
