//! Every use case of the platform, on SQLite and on a real PostgreSQL server: the same tests, and the same answers.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say so and end")]

mod admin;
mod experiments;
mod harness;
mod jobs;
mod lists;
mod live;
mod people;
#[path = "../postgres/mod.rs"]
mod postgres;
mod queue;
mod retention;
mod schema;
mod shared;
mod sharing;
mod start;
mod webhooks;
