//! The only place that knows which state may follow which.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where a job stands. The names are the ones in the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum JobState {
    /// Waiting for a free slot.
    Queued,
    /// An agent holds the lease and starts a trainer.
    Starting,
    /// The trainer reads and encodes the data.
    Loading,
    /// Epochs go by.
    Running,
    /// There is a model.
    Completed,
    /// It ended with a reason.
    Failed,
    /// Somebody stopped it.
    Stopped,
}

/// What happens to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transition {
    /// An agent took the lease.
    Claim,
    /// The trainer began to read the data.
    Load,
    /// The trainer began the first epoch.
    Run,
    /// The trainer delivered a model.
    Complete,
    /// The trainer refused, or died too often.
    Fail,
    /// Stopped on request; also straight from the queue.
    Stop,
    /// The trainer or its agent died; another attempt will go on from the last checkpoint.
    Requeue,
    /// Somebody wants a stopped or failed job to go on from its last checkpoint.
    Resume,
    /// Somebody wants a completed job to go on for more epochs.
    Continue,
}

impl JobState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 7] =
        [Self::Queued, Self::Starting, Self::Loading, Self::Running, Self::Completed, Self::Failed, Self::Stopped];

    /// The state after `transition`, or why that cannot happen now.
    pub fn after(self, transition: Transition) -> Result<Self, IllegalTransition> {
        use JobState::{Completed, Failed, Loading, Queued, Running, Starting, Stopped};
        match (transition, self) {
            (Transition::Claim, Queued) => Ok(Starting),
            (Transition::Load, Starting) => Ok(Loading),
            (Transition::Run, Loading) => Ok(Running),
            (Transition::Complete, Running) => Ok(Completed),
            (Transition::Fail, Queued | Starting | Loading | Running) => Ok(Failed),
            (Transition::Stop, Queued | Starting | Loading | Running) => Ok(Stopped),
            (Transition::Requeue, Starting | Loading | Running)
            | (Transition::Resume, Stopped | Failed)
            | (Transition::Continue, Completed) => Ok(Queued),
            _ => Err(IllegalTransition { from: self, transition }),
        }
    }

    /// Nothing more happens unless somebody asks for it.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Stopped)
    }

    /// An agent holds (or held, before it died) the lease.
    pub fn is_leased(self) -> bool {
        matches!(self, Self::Starting | Self::Loading | Self::Running)
    }

    /// The name used in tables and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "QUEUED",
            Self::Starting => "STARTING",
            Self::Loading => "LOADING",
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
            Self::Stopped => "STOPPED",
        }
    }

    /// The reverse of [`JobState::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl fmt::Display for JobState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something was asked of a job that its state does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a job that is {from} cannot {}", self.verb())]
pub struct IllegalTransition {
    pub from: JobState,
    pub transition: Transition,
}

impl IllegalTransition {
    fn verb(self) -> &'static str {
        match self.transition {
            Transition::Claim => "be started",
            Transition::Load => "begin to load",
            Transition::Run => "begin to run",
            Transition::Complete => "complete",
            Transition::Fail => "fail",
            Transition::Stop => "be stopped",
            Transition::Requeue => "be queued again",
            Transition::Resume => "be resumed",
            Transition::Continue => "be continued",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{JobState, Transition};

    #[test]
    fn a_life_without_accidents() {
        let mut state = JobState::Queued;
        for step in [Transition::Claim, Transition::Load, Transition::Run, Transition::Complete] {
            state = state.after(step).unwrap();
        }
        assert_eq!(state, JobState::Completed);
    }

    #[test]
    fn nothing_leaves_completed_but_a_wish_for_more_epochs() {
        use Transition::{Claim, Complete, Continue, Fail, Load, Requeue, Resume, Run, Stop};
        assert_eq!(JobState::Completed.after(Continue).unwrap(), JobState::Queued);
        assert!(JobState::Failed.after(Continue).is_err());
        for transition in [Claim, Load, Run, Complete, Fail, Stop, Requeue, Resume] {
            let refused = JobState::Completed.after(transition).unwrap_err();
            assert!(refused.to_string().starts_with("a job that is COMPLETED cannot "));
        }
    }

    #[test]
    fn a_death_is_survived_from_every_leased_state_and_from_no_other() {
        for state in JobState::ALL {
            assert_eq!(state.after(Transition::Requeue).is_ok(), state.is_leased(), "{state}");
            assert_eq!(state.after(Transition::Stop).is_ok(), !state.is_terminal(), "{state}");
            assert_eq!(JobState::parse(state.as_str()), Some(state));
        }
    }
}
