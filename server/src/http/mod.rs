//! HTTP: one file a resource, each verb a function that says who asks, calls the platform and shapes the answer.

mod answer;
pub mod assets;
pub mod auth;
pub mod conditional;
mod cookie;
pub mod datasets;
pub mod error;
pub mod experiments;
pub mod extract;
pub mod health;
mod listing;
pub mod metrics;
pub mod models;
pub mod pages;
mod principal;
pub mod security;
mod send_file;
pub mod to_the_end;
pub mod training;
mod upload;
mod upload_form;
pub mod ws;

pub use answer::Answer;
