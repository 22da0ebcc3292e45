//! HTTP: one file a resource, each verb a function that says who asks, calls the platform and shapes the answer.

mod answer;
pub mod assets;
pub mod auth;
mod body;
pub mod client_address;
pub mod conditional;
mod cookie;
pub mod cors;
pub mod datasets;
pub mod error;
pub mod experiments;
pub mod extract;
pub mod health;
pub mod host;
pub mod invitations;
pub mod limits;
mod listing;
pub mod metrics;
pub mod models;
pub mod origin;
pub mod pages;
mod principal;
mod public;
pub mod rate_limit;
pub mod security;
mod send_file;
pub mod shares;
pub mod to_the_end;
pub mod tokens;
pub mod training;
mod upload;
mod upload_form;
pub mod users;
pub mod webhooks;
pub mod ws;

pub use answer::Answer;
