//! The browser half: a toolchain that can build for `wasm32-unknown-unknown`, and the build.

mod build;
mod debian;
mod toolchain;

pub use build::{frontend, inference};
pub use toolchain::{Toolchain, ready};

/// What browsers run.
const TARGET: &str = "wasm32-unknown-unknown";
