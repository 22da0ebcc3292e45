//! One file a page.

pub mod compare;
mod compare_choice;
pub mod dashboard;
pub mod dataset;
mod dataset_images;
pub mod datasets;
#[cfg(any(debug_assertions, feature = "design"))]
pub mod design;
pub mod experiment;
pub mod experiments;
pub mod job;
mod job_actions;
mod job_labels;
mod job_log;
mod job_result;
mod job_usage;
pub mod jobs;
mod jobs_bulk;
mod jobs_columns;
pub mod login;
pub mod model;
pub mod models;
pub mod not_found;
pub mod people;
mod predict;
pub mod register;
pub mod reset;
pub mod settings;
pub mod train;
mod train_fields;
mod train_from;
mod train_summary;
mod train_wrong;
