//! Server functions: each finds out who calls, calls the platform and shapes the answer. Nothing else.

pub mod auth;
pub mod datasets;
pub mod error;
pub mod experiments;
pub mod jobs;
pub mod models;
#[cfg(feature = "ssr")]
mod train_form;
