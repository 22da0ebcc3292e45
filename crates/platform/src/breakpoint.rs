//! Named moments between two durable acts, at which this process can be made to die: for the tests of whoever has to
//! survive that. Only in debug builds.
//!
//! `ATHANOR_BREAKPOINT=job.claimed` ends the process as SIGKILL would, the first time that it gets there.

use std::sync::LazyLock;

/// A moment; the name says what has been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakpoint {
    /// The bytes of an upload are durable in the folder of unfinished uploads.
    UploadWritten,
    /// They are where datasets live, and no row names them.
    UploadMoved,
    /// The row is there, and nobody was told.
    UploadRecorded,
    /// A job's row is written and not committed.
    JobInserted,
    /// A submitted job is committed, and nobody was told.
    JobSubmitted,
    /// A job has a lease and no trainer.
    JobClaimed,
    /// A trainer has its orders.
    TrainerStarted,
    /// Measurements are written and not committed.
    PointsWritten,
    /// A checkpoint is recorded; those that it makes needless are still there.
    CheckpointRecorded,
    /// The files of a model are where models live, and no row names them.
    ModelMoved,
    /// A job is completed, and nobody was told.
    ModelRecorded,
    /// A model has no row any more; its files are still there.
    ModelForgotten,
    /// A job has no row any more; its files are still there.
    JobForgotten,
    /// A dataset has no row any more; its file is still there.
    DatasetForgotten,
}

impl Breakpoint {
    pub const ALL: [Self; 14] = [
        Self::UploadWritten,
        Self::UploadMoved,
        Self::UploadRecorded,
        Self::JobInserted,
        Self::JobSubmitted,
        Self::JobClaimed,
        Self::TrainerStarted,
        Self::PointsWritten,
        Self::CheckpointRecorded,
        Self::ModelMoved,
        Self::ModelRecorded,
        Self::ModelForgotten,
        Self::JobForgotten,
        Self::DatasetForgotten,
    ];

    /// As `ATHANOR_BREAKPOINT` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UploadWritten => "upload.written",
            Self::UploadMoved => "upload.moved",
            Self::UploadRecorded => "upload.recorded",
            Self::JobInserted => "job.inserted",
            Self::JobSubmitted => "job.submitted",
            Self::JobClaimed => "job.claimed",
            Self::TrainerStarted => "trainer.started",
            Self::PointsWritten => "points.written",
            Self::CheckpointRecorded => "checkpoint.recorded",
            Self::ModelMoved => "model.moved",
            Self::ModelRecorded => "model.recorded",
            Self::ModelForgotten => "model.forgotten",
            Self::JobForgotten => "job.forgotten",
            Self::DatasetForgotten => "dataset.forgotten",
        }
    }

    /// This moment has come.
    pub(crate) fn reached(self) {
        if cfg!(debug_assertions) && *ASKED_FOR == Some(self) {
            tracing::error!(breakpoint = self.as_str(), "ending here, as ATHANOR_BREAKPOINT asks");
            std::process::abort();
        }
    }
}

static ASKED_FOR: LazyLock<Option<Breakpoint>> = LazyLock::new(|| {
    let name = std::env::var("ATHANOR_BREAKPOINT").ok()?;
    Breakpoint::ALL.into_iter().find(|breakpoint| breakpoint.as_str() == name)
});
