//! One file a page.

pub mod dashboard;
pub mod dataset;
mod dataset_images;
pub mod datasets;
pub mod job;
mod job_actions;
mod job_result;
pub mod jobs;
pub mod login;
pub mod model;
pub mod models;
pub mod not_found;
mod predict;
pub mod register;
pub mod train;
mod train_fields;
mod train_from;
