//! One file a role of the executable.

pub mod openapi;
pub mod serve;
