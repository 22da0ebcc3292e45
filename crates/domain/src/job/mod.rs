//! Training jobs: what is asked (`spec`), where it stands (`state`, `view`), what happened (`event`), why it failed.

mod architecture;
mod choose;
mod continuation;
mod derived;
mod estimate;
mod event;
mod failure;
mod kind;
mod labels;
mod learning;
mod memory;
mod parameters;
mod query;
mod request;
mod settings;
mod spec;
mod split;
mod state;
mod usage;
mod view;

pub use architecture::{
    Activation, CnnSpec, InputShape, MAX_IMAGE_SIZE, MAX_TOKENS, MlpSpec, ModelName, ModelSpec, ResnetSpec,
    TransformerSpec,
};
pub use continuation::Continuation;
pub use estimate::{Estimate, Speed};
pub use event::{LogLevel, LogLine, MetricPoint, Point, Split};
pub use failure::{FailureCode, JobFailure};
pub use labels::{JobChanges, check_name, check_note, check_tags};
pub use learning::{ClassWeights, Learning, LrSchedule, LrScheduleChoice, LrScheduleName};
pub use memory::MemoryEstimate;
pub use parameters::Parameter;
pub use query::{JobQuery, Plain, QueryError, SortValue, sort_value};
pub use request::{EarlyStopping, MAX_CLASSES, ModelChoice, TrainingRequest, usual_name};
pub use settings::{Setting, SettingKind};
pub use spec::{Device, Head, JobSpec, Optimizer, Task};
pub use split::SplitBy;
pub use state::{IllegalTransition, JobState, Transition};
pub use usage::Usage;
pub use view::{JobProgress, JobStatus, JobSummary};
