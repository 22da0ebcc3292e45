//! What a trainer takes of the machine: looked at from outside every few seconds (more seldom in long jobs), whatever the
//! trainer does.

use std::time::Duration;

use domain::job::Usage;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use tokio::time::{Instant, sleep};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;

use crate::{Error, Platform, clock, jobs, queue::Lease};

/// How soon after its start a trainer is looked at, and how often at first.
const SOON: Duration = Duration::from_secs(1);
const EVERY: Duration = Duration::from_secs(5);
/// After so many samples they come half as often: a week has fewer than 5,000.
const SAMPLES: u32 = 500;

/// Samples the process until what is returned is dropped. Nobody waits for it, and what cannot be recorded is left out.
pub(super) fn sample(platform: &Platform, lease: Lease, process: u32) -> DropGuard {
    let (platform, stop) = (platform.clone(), CancellationToken::new());
    let stopped = stop.clone();
    let sampling = async move {
        let mut process = Process::new(process);
        let mut pause = SOON;
        for taken in 1_u32.. {
            tokio::select! {
                () = sleep(pause) => {}
                () = stopped.cancelled() => return,
            }
            pause = EVERY * 2_u32.saturating_pow(taken / SAMPLES);
            let Some((cpu_cores, memory_bytes)) = process.look() else { return };
            let usage = Usage { at: clock::now(), attempt: lease.attempt, cpu_cores, memory_bytes };
            match jobs::sql::insert_usage(&platform.db, &lease, &usage).await {
                Ok(()) => {}
                Err(Error::Fenced) => return,
                Err(error) => {
                    tracing::debug!(error = &error as &dyn std::error::Error, "a sample of a trainer was not recorded");
                }
            }
        }
    };
    tokio::spawn(sampling.in_current_span());
    stop.drop_guard()
}

/// A process, and what was known of it when it was last looked at.
struct Process {
    id: Pid,
    system: System,
    looked: Instant,
    cpu_ms: u64,
}

impl Process {
    fn new(id: u32) -> Self {
        let mut process = Self { id: Pid::from_u32(id), system: System::new(), looked: Instant::now(), cpu_ms: 0 };
        // Where nothing can be learned now, it is learned at the first look.
        process.look();
        process
    }

    /// Cores that were busy since the last look, and bytes of memory; `None` once it has ended.
    fn look(&mut self) -> Option<(f64, u64)> {
        let wanted = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.id]), true, wanted);
        let process = self.system.process(self.id)?;
        let (now, cpu_ms) = (Instant::now(), process.accumulated_cpu_time());
        let passed_ms = now.duration_since(self.looked).as_secs_f64() * 1_000.0;
        let busy = cpu_ms.saturating_sub(self.cpu_ms) as f64 / passed_ms.max(1.0);
        (self.looked, self.cpu_ms) = (now, cpu_ms);
        Some((busy, process.memory()))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::Process;

    #[test]
    fn a_busy_process_is_seen_to_be_busy_and_an_ended_one_is_not_seen() {
        let mut own = Process::new(std::process::id());
        let until = Instant::now() + Duration::from_millis(300);
        let mut work = 0_u64;
        while Instant::now() < until {
            work = std::hint::black_box(work.wrapping_mul(31).wrapping_add(1));
        }
        let (cores, bytes) = own.look().unwrap();
        assert!(cores > 0.05, "{cores} cores: other tests have the machine too, but not all of it");
        assert!(bytes > 1_000_000, "{bytes} bytes");

        let mut child = std::process::Command::new("true").spawn().unwrap();
        let id = child.id();
        child.wait().unwrap();
        assert_eq!(Process::new(id).look(), None);
    }
}
