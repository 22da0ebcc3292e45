//! The only room with Burn: models, the training loop, checkpoints, evaluation, export, inference, and the trainer process.
//!
//! Knows no HTTP, no SQL and no users. Randomness is a function of (seed, epoch, step), so a job that resumes from a
//! checkpoint ends with the weights, bit for bit, of a job that was never interrupted.

// What is not inlined into `simd::Simd::run` is not compiled for the instruction set.
#![allow(clippy::inline_always)]
// Who only asks a model has no use for what teaches it, of which much is part of the same layers.
#![cfg_attr(not(feature = "train"), allow(dead_code))]

mod batch;
mod description;
mod error;
mod evaluate;
mod fused;
mod model;
mod objective;
mod predict;
mod random;
mod simd;
mod threads;
mod weights;

#[cfg(feature = "train")]
mod checkpoint;
#[cfg(feature = "train")]
mod confine;
#[cfg(feature = "train")]
mod device;
#[cfg(feature = "train")]
mod digest;
#[cfg(feature = "train")]
mod export;
#[cfg(feature = "train")]
mod fault;
#[cfg(feature = "train")]
mod files;
#[cfg(feature = "train")]
mod loss;
#[cfg(feature = "train")]
mod onnx;
#[cfg(feature = "train")]
mod optimizer;
#[cfg(feature = "train")]
mod passes;
#[cfg(feature = "train")]
mod process;
#[cfg(feature = "train")]
mod train;

#[cfg(feature = "train")]
pub use confine::{Confinement, confinement};
#[cfg(feature = "train")]
pub use device::devices;
pub use error::Error;
pub use predict::Predictor;
#[cfg(feature = "train")]
pub use process::run_trainer;
