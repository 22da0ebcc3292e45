//! One job from claim to end: start a trainer, record its frames, keep the lease, pass on a stop.

use std::{future::pending, time::Duration};

use domain::{
    job::{FailureCode, JobFailure, JobState},
    wire::trainer::{Command, Delivery, Finished, Frame},
};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{
    child::{Child, Ended},
    record::Record,
    start::start_order,
    usage,
};
use crate::{
    Breakpoint, Error, Platform,
    queue::{self, Lease},
};

/// How long a trainer may take to stop before it is killed: on request, and when the server goes.
const GRACE: Duration = Duration::from_secs(10);
const SHUTDOWN_GRACE: Duration = Duration::from_secs(5);
/// How long a database that does not answer is left alone.
const RETRY: Duration = Duration::from_millis(500);
/// Frames that wait for the database; beyond these the trainer waits too.
const MOST_UNRECORDED: usize = 2_000;

enum End {
    Completed(Box<Delivery>),
    Stopped(String),
    Failed(JobFailure),
    Died(String),
    /// This process had been suspended for so long that the trainer went.
    Suspended,
    /// The server goes; the job does not end with it.
    ServerStops,
}

/// Who wants the trainer to stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopper {
    Person,
    Server,
    /// It has trained for longer than this.
    TimeLimit(Duration),
}

/// Returns when the job has ended, was given back, or belongs to somebody else.
pub(super) async fn supervise(platform: &Platform, lease: Lease, stop: &CancellationToken) {
    let ended = async {
        let mut record = Record::open(platform, lease).await?;
        let (end, frames) = attend(platform, &mut record, stop).await?;
        conclude(&mut record, &end, frames, stop).await
    };
    match ended.await {
        Ok(()) => platform.wake.ring(),
        Err(Error::Fenced) => tracing::warn!(job = %lease.job_id, "another attempt has begun; this one writes no more"),
        // The lease is not renewed any more: the job will be claimed again.
        Err(error) => tracing::error!(job = %lease.job_id, error = &error as &dyn std::error::Error, "a job was lost"),
    }
}

/// Until the trainer has ended. With the end come frames that could not be recorded yet.
async fn attend(
    platform: &Platform,
    record: &mut Record<'_>,
    stop: &CancellationToken,
) -> Result<(End, Vec<Frame>), Error> {
    let start = match start_order(platform, record).await {
        Ok(Some(start)) => start,
        Ok(None) => return Ok((End::Failed(dataset_gone()), Vec::new())),
        Err(error @ Error::Storage { .. }) => return Ok((End::Failed(storage(&error)), Vec::new())),
        Err(error) => return Err(error),
    };
    let mut child = match Child::start(&platform.config.trainer, &record.lease()) {
        Ok(child) => child,
        Err(error) => return Ok((End::Died(format!("could not be started: {error}")), Vec::new())),
    };
    let _sampled = child.id().map(|id| usage::sample(platform, record.lease(), id));
    // A trainer that dies before it has read its orders says so by the end of its frames.
    let _ = child.send(&Command::Start(Box::new(start))).await;
    Breakpoint::TrainerStarted.reached();
    let now = Instant::now();
    let mut attention =
        Attention { platform, record, child, unrecorded: Vec::new(), renewed: now, renewal: now, stopping: None };
    let end = attention.until_the_end(stop).await;
    let Attention { child, unrecorded, .. } = attention;
    let end = match end? {
        Left::Ended => match child.end().await {
            Ended::Died(how) => End::Died(how),
            Ended::TookUsForGone => End::Suspended,
        },
        Left::Killed(end) => {
            child.kill().await;
            end
        }
        Left::Finished(finished) => finished,
    };
    Ok((end, unrecorded))
}

/// How the trainer is left.
enum Left {
    /// It has closed its pipe.
    Ended,
    /// It is to be killed.
    Killed(End),
    /// It said how it ended.
    Finished(End),
}

struct Attention<'a, 'b> {
    platform: &'a Platform,
    record: &'a mut Record<'b>,
    child: Child,
    unrecorded: Vec<Frame>,
    /// When the last renewal that succeeded was begun, and when the next one is due.
    renewed: Instant,
    renewal: Instant,
    /// Who asked the trainer to stop, and when its patience ends.
    stopping: Option<(Stopper, Instant)>,
}

impl Attention<'_, '_> {
    async fn until_the_end(&mut self, stop: &CancellationToken) -> Result<Left, Error> {
        let bell = self.platform.wake.listen(self.record.lease().job_id);
        loop {
            let patience = self.stopping.map(|(_, until)| until);
            let out_of_patience = async {
                match patience {
                    Some(until) => sleep_until(until).await,
                    None => pending().await,
                }
            };
            let server_stops = self.stopping.is_some_and(|(stopper, _)| stopper == Stopper::Server);
            tokio::select! {
                frames = self.child.frames(), if self.unrecorded.len() < MOST_UNRECORDED => {
                    if let Some(left) = self.hear(frames).await? {
                        return Ok(left);
                    }
                    continue;
                }
                () = sleep_until(self.renewal) => {}
                () = sleep(RETRY), if !self.unrecorded.is_empty() => {
                    self.write().await?;
                    continue;
                }
                () = bell.rung() => {}
                () = stop.cancelled(), if !server_stops => {
                    if let Some(left) = self.ask_to_stop(Stopper::Server, SHUTDOWN_GRACE).await {
                        return Ok(left);
                    }
                    continue;
                }
                () = out_of_patience => return Ok(Left::Killed(self.after_a_stop(None))),
            }
            if let Some(left) = self.renew().await? {
                return Ok(left);
            }
        }
    }

    async fn hear(&mut self, frames: std::io::Result<Vec<Frame>>) -> Result<Option<Left>, Error> {
        let mut frames = match frames {
            Ok(frames) => frames,
            Err(error) => return Ok(Some(Left::Killed(End::Died(format!("said something unreadable: {error}"))))),
        };
        if frames.is_empty() {
            return Ok(Some(Left::Ended));
        }
        let finished = frames.pop_if(|frame| matches!(frame, Frame::Finished(_)));
        self.unrecorded.append(&mut frames);
        self.write().await?;
        let Some(Frame::Finished(finished)) = finished else { return Ok(None) };
        Ok(Some(Left::Finished(match *finished {
            Finished::Completed(delivery) => End::Completed(delivery),
            Finished::Stopped { epoch } => self.after_a_stop(Some(epoch)),
            Finished::Failed(failure) => End::Failed(failure),
        })))
    }

    /// Records what has been said; what the database does not take now is kept for another try.
    async fn write(&mut self) -> Result<(), Error> {
        match self.record.take(&self.unrecorded).await {
            Ok(()) => self.unrecorded.clear(),
            Err(error) if error.is_transient() => {
                let (job, waiting) = (self.record.lease().job_id, self.unrecorded.len());
                tracing::warn!(%job, waiting, error = &error as &dyn std::error::Error, "frames wait for the database");
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Keeps the lease, and learns whether somebody wants the job to stop.
    async fn renew(&mut self) -> Result<Option<Left>, Error> {
        let begun = Instant::now();
        let training = begun.duration_since(self.renewed);
        let renewed = queue::sql::renew(&self.platform.db, &self.record.lease(), training.as_millis() as u64).await;
        let renewed = match renewed {
            Ok(renewed) => renewed,
            Err(error) if error.is_transient() => {
                self.renewal = Instant::now() + RETRY;
                if !self.platform.db.is_shared() {
                    // Nobody else can train this job, so there is no hurry: the trainer may go on.
                    let _ = self.child.send(&Command::Alive).await;
                } else if self.renewed.elapsed() > self.platform.config.lease * 5 / 6 {
                    // By now somebody else may train it.
                    return Err(Error::Fenced);
                }
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        self.renewed = begun;
        self.renewal = begun + self.platform.config.lease / 3;
        // Fails only when it has ended, which its frames will tell.
        let _ = self.child.send(&Command::Alive).await;
        if self.stopping.is_some() {
            return Ok(None);
        }
        if renewed.stop_wanted {
            return Ok(self.ask_to_stop(Stopper::Person, GRACE).await);
        }
        if let Some(limit) = self.time_limit()
            && Duration::from_millis(renewed.trained_ms) >= limit
        {
            return Ok(self.ask_to_stop(Stopper::TimeLimit(limit), GRACE).await);
        }
        Ok(None)
    }

    fn time_limit(&self) -> Option<Duration> {
        let asked = self.record.spec().max_seconds.map(Duration::from_secs);
        [asked, self.platform.config.max_run].into_iter().flatten().min()
    }

    /// A trainer that trains is asked to stop, because it will write a checkpoint; another one has nothing to lose.
    async fn ask_to_stop(&mut self, stopper: Stopper, grace: Duration) -> Option<Left> {
        self.stopping = Some((stopper, Instant::now() + grace));
        if self.record.state() != JobState::Running {
            return Some(Left::Killed(self.after_a_stop(None)));
        }
        let _ = self.child.send(&Command::Stop).await;
        None
    }

    /// `epoch` when the trainer said where it stopped.
    fn after_a_stop(&self, epoch: Option<u32>) -> End {
        let training = self.record.state() == JobState::Running;
        match self.stopping.map(|(stopper, _)| stopper) {
            Some(Stopper::Server) => End::ServerStops,
            Some(Stopper::TimeLimit(limit)) => End::Failed(out_of_time(limit, self.record.place())),
            Some(Stopper::Person) | None => End::Stopped(match epoch {
                Some(epoch) => format!("Stopped after epoch {epoch}."),
                None if training => "Stopped by force: the trainer did not answer within ten seconds.".to_owned(),
                None => format!("Stopped {}.", self.record.place()),
            }),
        }
    }
}

/// Writes down how it ended, and tries again for as long as the database does not answer: the fence decides whether it
/// still counts.
async fn conclude(
    record: &mut Record<'_>,
    end: &End,
    mut unrecorded: Vec<Frame>,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut given_up = None;
    loop {
        let written = match record.take(&unrecorded).await {
            Ok(()) => {
                unrecorded.clear();
                write_end(record, end).await
            }
            Err(error) => Err(error),
        };
        match written {
            Err(error) if error.is_transient() => {
                if stop.is_cancelled() && *given_up.get_or_insert(Instant::now() + SHUTDOWN_GRACE) < Instant::now() {
                    return Err(error);
                }
                let job = record.lease().job_id;
                tracing::warn!(%job, error = &error as &dyn std::error::Error, "the end of a job waits for the database");
                sleep(RETRY).await;
            }
            other => return other,
        }
    }
}

async fn write_end(record: &mut Record<'_>, end: &End) -> Result<(), Error> {
    match end {
        End::Completed(delivery) => match record.complete(delivery).await {
            Err(error @ Error::Storage { .. }) => record.fail(&storage(&error)).await,
            other => other,
        },
        End::Stopped(message) => record.stopped(message).await,
        End::Failed(failure) => record.fail(failure).await,
        End::Died(how) => record.died(how).await,
        End::Suspended => {
            let line = "The trainer's agent had been suspended; the job goes on from its last checkpoint.";
            record.give_back(line, "Waiting to go on from its last checkpoint.").await
        }
        End::ServerStops => {
            let line = "The server is being stopped; the job will go on when it is back.";
            record.give_back(line, "Waiting for the server to come back.").await
        }
    }
}

fn dataset_gone() -> JobFailure {
    JobFailure {
        code: FailureCode::BadData,
        message: "The dataset has been deleted.".into(),
        location: "before reading the data".into(),
        hint: "Upload it again and start a new job.".into(),
    }
}

fn storage(error: &Error) -> JobFailure {
    JobFailure {
        code: FailureCode::Storage,
        message: format!("The server {}.", error.in_full()),
        location: "in the server's data directory".into(),
        hint: "Free some space or mend the directory's permissions, then resume the job: it goes on from its last \
               checkpoint."
            .into(),
    }
}

fn out_of_time(limit: Duration, location: String) -> JobFailure {
    JobFailure {
        code: FailureCode::TimeLimit,
        message: format!("The job has trained for {} seconds, the most it may.", limit.as_secs()),
        location,
        hint: "Its last checkpoint is kept. Clone it with a higher max_seconds, fewer epochs or a smaller model."
            .into(),
    }
}
