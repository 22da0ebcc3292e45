//! What crosses a boundary: browser, REST, socket, trainer pipe, table.
//!
//! Types, validation, error codes, the job state machine and the wire frames. No I/O, no clock, no framework: the same
//! lines run in the server, in the trainer process and, compiled to WebAssembly, in the page.

pub mod access;
pub mod audit;
pub mod comparison;
pub mod dataset;
pub mod error;
pub mod experiment;
pub mod id;
pub mod job;
mod latin;
pub mod model;
pub mod principal;
pub mod report;
pub mod share;
pub mod timestamp;
pub mod user;
pub mod webhook;
pub mod wire;

pub use error::{ApiError, ErrorCode};
pub use id::{DatasetId, ExperimentId, JobId, LinkId, ModelId, SessionId, TokenId, UserId, WebhookId};
pub use latin::latin;
pub use principal::{Credential, Principal, Role, Scope};
pub use timestamp::Timestamp;
