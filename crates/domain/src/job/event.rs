//! What a trainer measures and says, with the sequence number that makes replay exact.

use serde::{Deserialize, Serialize};

use crate::Timestamp;

/// Which rows a metric was computed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Split {
    Train,
    Validation,
    Test,
}

impl Split {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }

    /// The reverse of [`Split::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Train, Self::Validation, Self::Test].into_iter().find(|split| split.as_str() == text)
    }

    /// The split and the metric of `validation_accuracy`; none of what was measured on no split, such as `baseline_accuracy`.
    pub fn of_metric(name: &str) -> Option<(Self, &str)> {
        let (split, metric) = name.split_once('_')?;
        Some((Self::parse(split)?, metric))
    }
}

/// One measurement as the trainer and the socket send it: `name` is `loss`, `accuracy`, `rmse`, ...
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Point {
    pub name: String,
    pub split: Split,
    /// Optimizer steps taken since the job began; the x axis.
    pub step: u64,
    /// Epochs finished (the point of a step inside epoch 3 says 2).
    pub epoch: u32,
    /// Always finite: a trainer that meets NaN fails the job instead.
    pub value: f64,
}

/// A stored measurement: `GET /api/training/{id}/metrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MetricPoint {
    pub seq: u64,
    #[serde(flatten)]
    pub point: Point,
    pub at: Timestamp,
}

/// How loud a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Info,
    Warning,
    Error,
}

impl LogLevel {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The reverse of [`LogLevel::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Info, Self::Warning, Self::Error].into_iter().find(|level| level.as_str() == text)
    }
}

/// A stored line of a job's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LogLine {
    pub seq: u64,
    pub at: Timestamp,
    pub level: LogLevel,
    pub text: String,
}
