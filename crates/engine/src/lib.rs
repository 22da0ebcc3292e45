//! The only room with Burn: models, the training loop, checkpoints, evaluation, export, inference, and the trainer process.
//!
//! Knows no HTTP, no SQL and no users. Randomness is a function of (seed, epoch, step), so a job that resumes from a
//! checkpoint ends with the weights, bit for bit, of a job that was never interrupted.

// What is not inlined into `simd::Simd::run` is not compiled for the instruction set.
#![allow(clippy::inline_always)]

mod checkpoint;
mod device;
mod digest;
mod error;
mod evaluate;
mod export;
mod fault;
mod files;
mod fused;
mod loss;
mod model;
mod objective;
mod onnx;
mod optimizer;
mod passes;
mod predict;
mod process;
mod random;
mod simd;
mod train;
mod weights;

pub use device::devices;
pub use error::Error;
pub use predict::Predictor;
pub use process::run_trainer;
