//! Training jobs: what is asked (`spec`), where it stands (`state`, `view`), what happened (`event`), why it failed.

mod event;
mod failure;
mod learning;
mod request;
mod spec;
mod state;
mod view;

pub use event::{LogLevel, LogLine, MetricPoint, Point, Split};
pub use failure::{FailureCode, JobFailure};
pub use learning::{ClassWeights, Learning, LrSchedule, LrScheduleChoice, LrScheduleName};
pub use request::{Continuation, EarlyStopping, MAX_CLASSES, ModelChoice, ModelName, TrainingRequest};
pub use spec::{Activation, Device, JobSpec, MlpSpec, ModelSpec, Optimizer, Task};
pub use state::{IllegalTransition, JobState, Transition};
pub use view::{JobProgress, JobStatus, JobSummary};
