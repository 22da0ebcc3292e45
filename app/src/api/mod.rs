//! Server functions: each finds out who calls, calls the platform and shapes the answer. Nothing else.

pub mod account;
pub mod auth;
pub mod datasets;
pub mod error;
pub mod experiments;
pub mod find;
pub mod jobs;
pub mod list_page;
pub mod models;
pub mod people;
pub mod preference;
pub mod sharing;
pub mod shown;
pub mod train_form;
pub mod webhooks;
