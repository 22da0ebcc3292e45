#![doc = include_str!("../README.md")]

pub mod admin;
pub mod agent;
pub mod audit;
mod blob;
mod breakpoint;
mod clock;
mod config;
pub mod datasets;
mod db;
mod error;
pub mod events;
pub mod experiments;
pub mod jobs;
pub mod metrics;
pub mod models;
mod page;
mod platform;
pub mod queue;
pub mod shares;
pub mod users;
pub mod webhooks;

pub use breakpoint::Breakpoint;
pub use config::Config;
pub use error::Error;
pub use page::{ListFilter, Page};
pub use platform::{Health, Platform, Running, devices, health};
