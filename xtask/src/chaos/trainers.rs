//! Who trains what: trainer processes as the system lists them, looked at again and again.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::ledger::{Ledger, hold};

const EVERY: Duration = Duration::from_millis(40);
/// A process that was told to end takes a moment on a busy machine.
const MOST_OVERLAP: Duration = Duration::from_millis(600);

const JUST_NOW: Duration = Duration::from_secs(1);

/// A trainer process that runs or is suspended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trainer {
    pub(super) pid: u32,
    pub(super) agent: u32,
    pub(super) job: String,
    pub(super) attempt: u32,
    pub(super) suspended: bool,
}

/// Whose trainers: those of an executable whose agents were started with a home of their own. Another chaos may run beside.
#[derive(Clone)]
pub(super) struct Whose {
    pub(super) executable: PathBuf,
    pub(super) home: PathBuf,
}

/// Every one of these trainers, in the order of jobs.
pub(super) fn list(whose: &Whose) -> Vec<Trainer> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut trainers: Vec<Trainer> = processes
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| trainer(pid, whose))
        .collect();
    trainers.sort_by(|one, other| (&one.job, one.attempt).cmp(&(&other.job, other.attempt)));
    trainers
}

fn trainer(pid: u32, whose: &Whose) -> Option<Trainer> {
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let mut arguments = command.split(|byte| *byte == 0);
    if arguments.next()? != whose.executable.as_os_str().as_encoded_bytes() || arguments.next()? != b"trainer" {
        return None;
    }
    let environment = fs::read_to_string(format!("/proc/{pid}/environ")).ok()?;
    let (state, agent) = state_and_parent(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?;
    if matches!(state, 'Z' | 'X') {
        return None;
    }
    let variable = |name: &str| environment.split('\0').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    if variable("HOME")? != whose.home.to_str()? {
        return None;
    }
    Some(Trainer {
        pid,
        agent,
        job: variable("ATHANOR_JOB")?.to_owned(),
        attempt: variable("ATHANOR_ATTEMPT")?.parse().ok()?,
        suspended: state == 'T',
    })
}

/// Of `/proc/PID/stat`; the name of a program may hold anything, also brackets.
fn state_and_parent(stat: &str) -> Option<(char, u32)> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

struct Attempt {
    pid: u32,
    agent: u32,
    last: Instant,
}

/// What was seen of the attempts of jobs.
#[derive(Default)]
pub(super) struct Seen {
    attempts: BTreeMap<(String, u32), Attempt>,
    /// Jobs with two trainers at work, since when.
    doubled: HashMap<String, Instant>,
}

impl Seen {
    /// How many attempts of a job had a trainer that was seen.
    pub(super) fn attempts(&self, job: &str) -> u32 {
        self.attempts.keys().filter(|(of, _)| of == job).count() as u32
    }

    /// Jobs that an agent holds: its trainers are there, or have just ended and it has not written that down yet.
    pub(super) fn held_by(&self, agent: u32, now: Instant) -> BTreeSet<String> {
        let recent = |attempt: &Attempt| attempt.agent == agent && now.duration_since(attempt.last) < JUST_NOW;
        self.attempts.iter().filter(|(_, attempt)| recent(attempt)).map(|((job, _), _)| job.clone()).collect()
    }

    fn look(&mut self, now: Instant, trainers: &[Trainer], ledger: &Ledger) {
        for trainer in trainers {
            let key = (trainer.job.clone(), trainer.attempt);
            let new = Attempt { pid: trainer.pid, agent: trainer.agent, last: now };
            let known = self.attempts.entry(key).or_insert(new);
            known.last = now;
            ledger.require(known.pid == trainer.pid, || {
                format!("attempt {} of job {} was trained by two processes", trainer.attempt, trainer.job)
            });
        }
        let mut doubled = HashMap::new();
        let awake: Vec<&Trainer> = trainers.iter().filter(|trainer| !trainer.suspended).collect();
        for pair in awake.windows(2) {
            let [one, other] = pair else { continue };
            if one.job != other.job {
                continue;
            }
            let since = self.doubled.get(&one.job).copied().unwrap_or(now);
            if now.duration_since(since) > MOST_OVERLAP {
                ledger.violation(format!(
                    "job {} was trained twice at once: attempts {} and {}",
                    one.job, one.attempt, other.attempt
                ));
            }
            doubled.insert(one.job.clone(), since);
        }
        self.doubled = doubled;
    }
}

/// Looks until it is dropped.
pub(super) struct Watch {
    pub(super) seen: Arc<Mutex<Seen>>,
    ended: Arc<AtomicBool>,
    looking: Option<JoinHandle<()>>,
}

impl Watch {
    pub(super) fn start(whose: Whose, ledger: Arc<Ledger>) -> Self {
        let (seen, ended): (Arc<Mutex<Seen>>, Arc<AtomicBool>) = Default::default();
        let (looked, until) = (Arc::clone(&seen), Arc::clone(&ended));
        let looking = thread::spawn(move || {
            while !until.load(Ordering::SeqCst) {
                hold(&looked).look(Instant::now(), &list(&whose), &ledger);
                thread::sleep(EVERY);
            }
        });
        Self { seen, ended, looking: Some(looking) }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(looking) = self.looking.take() {
            let _ = looking.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Ledger, Seen, Trainer, state_and_parent};

    fn trainer(pid: u32, attempt: u32, suspended: bool) -> Trainer {
        Trainer { pid, agent: 1, job: "job".into(), attempt, suspended }
    }

    fn violations(looks: &[(u64, &[Trainer])]) -> usize {
        let (ledger, began) = (Ledger::default(), Instant::now());
        let mut seen = Seen::default();
        for (at, trainers) in looks {
            seen.look(began + Duration::from_millis(*at), trainers, &ledger);
        }
        ledger.violations().len()
    }

    #[test]
    fn two_trainers_at_work_are_a_violation_when_it_lasts() {
        let both = [trainer(10, 1, false), trainer(11, 2, false)];
        assert_eq!(violations(&[(0, &both), (500, &both)]), 0);
        assert_eq!(violations(&[(0, &both), (700, &both)]), 1);
        assert_eq!(violations(&[(0, &both), (400, &both[..1]), (700, &both)]), 0);
        let suspended = [trainer(10, 1, true), trainer(11, 2, false)];
        assert_eq!(violations(&[(0, &suspended), (9_000, &suspended)]), 0);
    }

    #[test]
    fn an_attempt_has_one_process() {
        assert_eq!(violations(&[(0, &[trainer(10, 1, false)]), (50, &[trainer(12, 1, false)])]), 1);
    }

    #[test]
    fn names_of_programs_may_hold_brackets() {
        assert_eq!(state_and_parent("12 (a) b)) S 7 12 12 0"), Some(('S', 7)));
    }
}
