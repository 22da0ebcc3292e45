//! What goes wrong, and when: a schedule made from the seed, and its execution. Whom a fault meets depends on what runs at
//! that moment; when and what does not.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::{
    cluster::{LEASE, Node},
    disk::Disk,
    ledger::{Counts, Ledger, hold},
    trainers::{self, Seen, Trainer, Whose},
};
use crate::{command::signal, random::Random};

/// How long an orderly end may take.
pub(super) const ORDERLY: Duration = Duration::from_secs(12);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    KillTrainer,
    SuspendTrainer,
    KillAgent,
    SuspendAgent,
    TerminateAgent,
    Cut,
    Stall,
    DamageCheckpoint,
    FillDisk,
}

/// Each as often as it is written here.
const ALONE: &[Fault] = &[
    Fault::KillTrainer,
    Fault::KillTrainer,
    Fault::KillTrainer,
    Fault::SuspendTrainer,
    Fault::KillAgent,
    Fault::KillAgent,
    Fault::SuspendAgent,
    Fault::TerminateAgent,
    Fault::Cut,
    Fault::Cut,
    Fault::Stall,
    Fault::DamageCheckpoint,
    Fault::DamageCheckpoint,
    Fault::FillDisk,
];
const SHARED: &[Fault] = &[
    Fault::KillTrainer,
    Fault::KillTrainer,
    Fault::SuspendTrainer,
    Fault::KillAgent,
    Fault::KillAgent,
    Fault::SuspendAgent,
    Fault::SuspendAgent,
    Fault::TerminateAgent,
    Fault::Cut,
    Fault::Cut,
    Fault::Stall,
    Fault::DamageCheckpoint,
    Fault::FillDisk,
];

/// The end of a fault.
enum After {
    Restart(usize),
    GoOn(usize),
    TrainerGoesOn(Trainer),
    /// A process was asked to end at that moment.
    Ended(usize, Instant),
    FreeDisk,
}

pub(super) struct Faults<'a> {
    pub(super) random: Random,
    pub(super) nodes: &'a mut [Node],
    pub(super) disk: &'a Disk,
    pub(super) whose: Whose,
    pub(super) seen: Arc<Mutex<Seen>>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) shared: bool,
    pub(super) after: Vec<AfterFault>,
}

pub(super) struct AfterFault {
    at: Instant,
    what: After,
}

impl Faults<'_> {
    /// Does it all, ends every fault and leaves every process running.
    pub(super) fn run(&mut self, window: Duration) {
        let began = Instant::now();
        let mut schedule = self.schedule(window.as_millis() as u64);
        loop {
            let now = Instant::now();
            while let Some((_, fault)) = schedule.front().copied().filter(|(at, _)| began + *at <= now) {
                schedule.pop_front();
                self.inflict(fault);
            }
            self.end_what_is_due(Instant::now());
            if schedule.is_empty() && self.after.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn schedule(&mut self, window_ms: u64) -> VecDeque<(Duration, Fault)> {
        let kinds = if self.shared { SHARED } else { ALONE };
        let count = 9 + self.random.below(5);
        let mut schedule: Vec<(Duration, Fault)> = (0..count)
            .map(|_| {
                let at = Duration::from_millis(self.random.between(700, window_ms));
                (at, self.random.pick(kinds).copied().unwrap_or(Fault::Cut))
            })
            .collect();
        // No round is without these.
        let early = |random: &mut Random| Duration::from_millis(random.between(900, window_ms / 2));
        let always = if self.shared { Fault::SuspendAgent } else { Fault::KillAgent };
        schedule.push((early(&mut self.random), always));
        schedule.push((early(&mut self.random), Fault::KillTrainer));
        schedule.sort_by_key(|(at, _)| *at);
        schedule.into()
    }

    fn later(&mut self, milliseconds: u64, what: After) {
        self.after.push(AfterFault { at: Instant::now() + Duration::from_millis(milliseconds), what });
    }

    fn inflict(&mut self, fault: Fault) {
        let counts = &self.ledger.counts;
        match fault {
            Fault::Cut => {
                for node in &*self.nodes {
                    node.proxy.cut();
                }
                Counts::add(&counts.cuts);
            }
            Fault::Stall => {
                let time = Duration::from_millis(self.random.between(300, 1_500));
                for node in &*self.nodes {
                    node.proxy.stall(time);
                }
                Counts::add(&counts.cuts);
            }
            Fault::FillDisk => {
                if self.disk.fill() {
                    Counts::add(&counts.full_disks);
                    let time = self.random.between(500, 2_000);
                    self.later(time, After::FreeDisk);
                }
            }
            Fault::KillTrainer | Fault::SuspendTrainer | Fault::DamageCheckpoint => self.meet_trainer(fault),
            Fault::KillAgent | Fault::SuspendAgent | Fault::TerminateAgent => self.meet_agent(fault),
        }
    }

    fn meet_trainer(&mut self, fault: Fault) {
        let awake: Vec<Trainer> =
            trainers::list(&self.whose).into_iter().filter(|trainer| !trainer.suspended).collect();
        let Some(trainer) = self.random.pick(&awake).cloned() else { return };
        self.ledger.suffer(&trainer.job, |suffered| suffered.deaths += 1);
        match fault {
            Fault::SuspendTrainer => {
                signal(trainer.pid, "STOP");
                Counts::add(&self.ledger.counts.suspensions);
                let time = self.random.between(300, LEASE.as_millis() as u64 + 3_000);
                self.later(time, After::TrainerGoesOn(trainer));
            }
            Fault::DamageCheckpoint => {
                signal(trainer.pid, "STOP");
                if let Some(name) = damage(&self.disk.folder, &trainer.job, &mut self.random) {
                    self.ledger.suffer(&trainer.job, |suffered| suffered.damaged.push(name));
                    Counts::add(&self.ledger.counts.damages);
                }
                signal(trainer.pid, "KILL");
                Counts::add(&self.ledger.counts.kills);
            }
            _ => {
                signal(trainer.pid, "KILL");
                Counts::add(&self.ledger.counts.kills);
            }
        }
    }

    /// One that trains, if any does.
    fn meet_agent(&mut self, fault: Fault) {
        let trainers = trainers::list(&self.whose);
        let awake: Vec<usize> = (0..self.nodes.len())
            .filter(|at| self.nodes[*at].is_awake())
            .filter(|at| !self.after.iter().any(|after| matches!(after.what, After::Ended(ending, _) if ending == *at)))
            .collect();
        let trains = |at: &usize| trainers.iter().any(|trainer| self.nodes[*at].pid() == Some(trainer.agent));
        let busy: Vec<usize> = awake.iter().copied().filter(trains).collect();
        let Some(at) = self.random.pick(if busy.is_empty() { &awake } else { &busy }).copied() else { return };
        let pid = self.nodes[at].pid().unwrap_or_default();
        match fault {
            Fault::KillAgent => {
                self.blame(pid, false);
                self.nodes[at].kill();
                Counts::add(&self.ledger.counts.kills);
                let time = self.random.between(100, 1_500);
                self.later(time, After::Restart(at));
            }
            Fault::SuspendAgent => {
                self.nodes[at].suspend();
                self.blame(pid, true);
                Counts::add(&self.ledger.counts.suspensions);
                let lease = LEASE.as_millis() as u64;
                let time = self.random.between(lease + 700, lease * 2);
                self.later(time, After::GoOn(at));
            }
            _ => {
                self.nodes[at].terminate();
                Counts::add(&self.ledger.counts.terminations);
                self.later(100, After::Ended(at, Instant::now()));
            }
        }
    }

    /// What happens to the jobs of an agent has a reason now.
    fn blame(&self, agent: u32, suspended: bool) {
        let mut jobs = hold(&self.seen).held_by(agent, Instant::now());
        let trainers = trainers::list(&self.whose).into_iter();
        jobs.extend(trainers.filter(|trainer| trainer.agent == agent).map(|trainer| trainer.job));
        for job in jobs {
            self.ledger.suffer(&job, |suffered| {
                suffered.losses += 1;
                suffered.deaths += u32::from(suspended);
            });
        }
    }

    fn end_what_is_due(&mut self, now: Instant) {
        let (due, later) = std::mem::take(&mut self.after).into_iter().partition(|after: &AfterFault| after.at <= now);
        self.after = later;
        let due: Vec<AfterFault> = due;
        for AfterFault { what, .. } in due {
            match what {
                // With a full disk nothing starts: again a little later.
                After::Restart(at) => {
                    if self.nodes[at].start().is_err() {
                        if self.after.iter().all(|after| !matches!(after.what, After::FreeDisk)) {
                            self.ledger.violation(format!(
                                "a process does not start again; see {}",
                                self.nodes[at].log().display()
                            ));
                            continue;
                        }
                        self.later(300, After::Restart(at));
                    }
                }
                After::GoOn(at) => self.nodes[at].go_on(),
                After::TrainerGoesOn(trainer) => {
                    if trainers::list(&self.whose).iter().any(|now| now.pid == trainer.pid && now.job == trainer.job) {
                        signal(trainer.pid, "CONT");
                    }
                }
                After::FreeDisk => self.disk.free(),
                After::Ended(at, asked) => match self.nodes[at].ended() {
                    Some(status) => {
                        self.ledger.require(status.success(), || {
                            format!("a process that was asked to end ended with {status}")
                        });
                        self.later(200, After::Restart(at));
                    }
                    None if asked.elapsed() > ORDERLY => {
                        self.ledger.violation(format!("a process that was asked to end still runs after {ORDERLY:?}"));
                        self.nodes[at].kill();
                        self.later(200, After::Restart(at));
                    }
                    None => self.later(50, After::Ended(at, asked)),
                },
            }
        }
    }
}

/// Changes some bytes of the newest checkpoint of a job, and names it.
fn damage(data: &Path, job: &str, random: &mut Random) -> Option<String> {
    let folder = data.join("data").join("jobs").join(job).join("checkpoints");
    let whole =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_none());
    let newest = whole.max_by_key(|path| step_of(path))?;
    let mut files: Vec<PathBuf> = fs::read_dir(&newest).ok()?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let file = random.pick(&files)?;
    let mut bytes = fs::read(file).ok()?;
    for _ in 0..3 {
        let at = random.below(bytes.len());
        *bytes.get_mut(at)? ^= 1 << random.below(8);
    }
    fs::write(file, bytes).ok()?;
    Some(newest.file_name()?.to_string_lossy().into_owned())
}

/// The step in `a1-e2-s34`.
fn step_of(path: &Path) -> u64 {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    name.rsplit_once("-s").and_then(|(_, step)| step.parse().ok()).unwrap_or_default()
}
