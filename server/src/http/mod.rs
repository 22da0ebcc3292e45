//! HTTP: one file a resource, each verb a function that says who asks, calls the platform and shapes the answer.

mod answer;
pub mod assets;
pub mod auth;
mod cookie;
pub mod datasets;
pub mod error;
pub mod experiments;
pub mod extract;
pub mod health;
pub mod invitations;
mod listing;
pub mod metrics;
pub mod models;
pub mod pages;
mod principal;
pub mod security;
mod send_file;
pub mod shares;
pub mod to_the_end;
pub mod tokens;
pub mod training;
mod upload;
mod upload_form;
pub mod users;
pub mod ws;

pub use answer::Answer;
