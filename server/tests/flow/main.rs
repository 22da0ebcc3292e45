//! Flows through a real server process on a directory of its own. One executable, so that it is linked once.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say so and end")]

mod accounts;
mod bad_input;
mod breakpoints;
mod bundle;
mod cluster;
mod command_line;
mod conditional;
mod confinement;
mod control;
mod crowd;
mod datasets;
mod experiments;
mod find;
mod harness;
mod hostile_data;
mod images;
mod limits;
mod list_pages;
mod live;
mod metrics;
mod models;
mod operations;
mod outages;
mod pages;
mod permissions;
#[path = "../../../crates/platform/tests/postgres/mod.rs"]
mod postgres;
mod rates;
mod report;
mod requests;
mod route_inventory;
mod server_functions;
mod settings;
mod specification;
mod start_from;
mod survival;
mod tables;
mod texts;
mod training;
mod uploads;
mod webhooks;
