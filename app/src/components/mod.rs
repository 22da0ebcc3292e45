//! One file a component.

pub mod badge;
pub mod chart;
pub mod compare;
pub mod connection;
pub mod error;
pub mod field;
pub mod field_names;
pub mod format;
pub mod job_table;
pub mod label_fields;
pub mod layout;
pub mod loaded;
pub mod look_menus;
pub mod modal;
pub mod once;
pub mod palette;
pub mod part;
pub mod people_words;
pub mod plot;
pub mod progress;
pub mod report;
pub mod share;
pub mod shortcuts;
pub mod success;
pub mod tags;
pub mod toast;
