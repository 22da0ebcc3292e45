//! One round: start, work, faults, an end, and the check.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{self, Command},
    sync::{Arc, Mutex, atomic::Ordering},
    thread,
    time::{Duration, Instant},
};

use super::{
    api::Api,
    check::{self, Evidence},
    cluster::{Node, Role, Setup},
    disk::Disk,
    faults::{Faults, ORDERLY},
    ledger::{Counts, Ledger, hold},
    people::{Person, Town},
    reference::Reference,
    trainers::{self, Whose},
    truth::{Reader, Truth},
    work::{SCRIPTS, SPECS, Script, TABLES, table},
};
use crate::{command, postgres::Postgres, random::Random};

const JOBS: usize = 10;
const PEOPLE: usize = 3;
/// Faults begin within this time.
const FAULTS: Duration = Duration::from_millis(7_500);
/// Everything has ended by then.
const ALL: Duration = Duration::from_secs(100);
const STEP: &str = "sleep_ms_per_step=9";
const DISK_MEGABYTES: u32 = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What a round needs that outlives it.
pub(super) struct Ground<'a> {
    pub(super) executable: &'a Path,
    pub(super) reference: Arc<Reference>,
    pub(super) postgres: Option<&'a Postgres>,
}

pub(super) struct Report {
    pub(super) violations: Vec<String>,
    pub(super) line: String,
    pub(super) folder: PathBuf,
}

/// Plays a round.
///
/// # Errors
/// When it cannot be played; what goes wrong in it is in the report.
pub(super) fn play(ground: &Ground<'_>, engine: Engine, seed: u64, keep: bool) -> anyhow::Result<Report> {
    let began = Instant::now();
    let folder = env::temp_dir().join(format!("athanor-chaos-{}-{}-{seed}", process::id(), engine.name()));
    let _ = fs::remove_dir_all(&folder);
    let disk = Disk::new(folder.join("disk"), DISK_MEGABYTES)?;
    let random = Random::new(seed);
    let shared = engine == Engine::Postgres;
    let ledger = Arc::new(Ledger::default());
    let (mut nodes, url) = start(ground, engine, seed, &folder, &disk)?;
    let whose = Whose { executable: ground.executable.to_owned(), home: folder.clone() };
    let watch = trainers::Watch::start(whose.clone(), Arc::clone(&ledger));
    let town = Arc::new(Town {
        ledger: Arc::clone(&ledger),
        reference: Arc::clone(&ground.reference),
        watchers: Mutex::default(),
        promises: Mutex::default(),
        unsure: Mutex::default(),
    });

    let ports: Vec<u16> = nodes.iter().filter(|node| node.role == Role::Serve).map(|node| node.proxy.port).collect();
    let api = Api::new(&ports, began + ALL);
    let people = people(&api, &mut random.fork(1))?;
    let plans = plans(&town, &people, &mut random.fork(2));
    let mut threads: Vec<_> = plans
        .into_iter()
        .map(|(person, delay)| {
            thread::spawn(move || {
                thread::sleep(delay);
                person.live();
            })
        })
        .collect();
    let uploader = (people[0].clone(), Arc::clone(&ledger), random.fork(3));
    threads.push(thread::spawn(move || break_uploads(&uploader.0, &uploader.1, uploader.2)));
    let mut faults = Faults {
        random: random.fork(4),
        nodes: &mut nodes,
        disk: &disk,
        whose,
        seen: Arc::clone(&watch.seen),
        ledger: Arc::clone(&ledger),
        shared,
        after: Vec::new(),
    };
    faults.run(FAULTS);
    for thread in threads {
        ledger.require(thread.join().is_ok(), || "a person of the chaos itself panicked".to_owned());
    }
    let calm = wait_for_calm(&people[0], &town);
    ledger.require(calm, || "watchers or jobs do not come to an end".to_owned());
    let data = disk.folder.join("data");
    end(&mut nodes, shared, &data, &people[0], &town);
    let reader = match &url {
        Some(url) => {
            let psql = ground.postgres.map(Postgres::psql).unwrap_or_default();
            Reader::Postgres { psql, url: url.clone() }
        }
        None => Reader::sqlite(&data, &folder)?,
    };
    let truth = reader.read()?;
    let seen = Arc::clone(&watch.seen);
    drop(watch);
    let promises = hold(&town.promises).clone();
    let logs: Vec<&Path> = nodes.iter().map(Node::log).collect();
    check::check(&Evidence {
        truth: &truth,
        town: &town,
        reference: &ground.reference,
        promises: &promises,
        seen: &hold(&seen),
        data: &data,
        logs: &logs,
    });
    let mut violations = ledger.violations();
    violations.sort();
    violations.dedup();
    if keep || !violations.is_empty() {
        disk.keep(&folder.join("kept"));
    }
    drop(disk);
    if !keep && violations.is_empty() {
        let _ = fs::remove_dir_all(&folder);
    }
    Ok(Report { line: line(&ledger.counts, &truth, &town, began), violations, folder })
}

fn start(
    ground: &Ground<'_>,
    engine: Engine,
    seed: u64,
    folder: &Path,
    disk: &Disk,
) -> anyhow::Result<(Vec<Node>, Option<String>)> {
    let url = match (engine, ground.postgres) {
        (Engine::Postgres, Some(postgres)) => Some(postgres.database(&format!("chaos_{}_{seed}", process::id()))?),
        (Engine::Postgres, None) => anyhow::bail!("there is no PostgreSQL"),
        (Engine::Sqlite, _) => None,
    };
    let roles: &[(Role, &str, u32)] = match engine {
        Engine::Sqlite => &[(Role::Serve, "server", 3)],
        Engine::Postgres => &[
            (Role::Serve, "server-1", 1),
            (Role::Serve, "server-2", 1),
            (Role::Worker, "worker-1", 1),
            (Role::Worker, "worker-2", 1),
        ],
    };
    let mut nodes = Vec::new();
    for (role, name, slots) in roles {
        let setup = Setup {
            executable: ground.executable.to_owned(),
            folder: folder.to_owned(),
            data: disk.folder.join("data"),
            database_url: url.clone(),
            slots: *slots,
            trainer: STEP.to_owned(),
        };
        let mut node = setup.node(*role, name)?;
        node.start()?;
        nodes.push(node);
    }
    Ok((nodes, url))
}

/// The first is the administrator. Everybody has tables of their own.
fn people(api: &Api, random: &mut Random) -> anyhow::Result<Vec<Api>> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let person = api.register(&format!("person{number}.{}@example.org", random.next()))?;
        for name in TABLES {
            let (status, body) = person.insist(|api| api.upload(name, &table(name)))?;
            anyhow::ensure!(status == 201, "uploading {name}: {status} {body}");
        }
        people.push(person);
    }
    Ok(people)
}

fn plans(town: &Arc<Town>, people: &[Api], random: &mut Random) -> Vec<(Person, Duration)> {
    (0..JOBS)
        .filter_map(|number| {
            let script = SCRIPTS.get(number).copied().unwrap_or(*random.pick(SCRIPTS)?);
            let spec = random.pick(SPECS)?;
            let person = Person {
                town: Arc::clone(town),
                api: random.pick(people)?.clone(),
                name: format!("job{number}"),
                spec,
                script,
                at_epoch: random.between(2, u64::from(spec.epochs) - 5),
            };
            // The one that must fail comes at once; the others over the first seconds.
            let delay = if script == Script::Bad { 0 } else { random.between(0, 3_000) };
            Some((person, Duration::from_millis(delay)))
        })
        .collect()
}

/// Uploads that break off in the middle: nobody ever sees them.
fn break_uploads(api: &Api, ledger: &Ledger, mut random: Random) {
    let content = table("wave").repeat(40);
    for number in 0..3 {
        thread::sleep(Duration::from_millis(random.between(200, 2_500)));
        api.break_off(&format!("broken{number}"), &content, random.below(content.len()));
        Counts::add(&ledger.counts.broken_uploads);
    }
}

/// Until every job has ended, also those that nobody is sure of, and every watcher knows.
fn wait_for_calm(admin: &Api, town: &Town) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        let jobs = admin.get("/api/training/jobs?limit=200");
        let jobs = jobs.and_then(|(_, body)| body["jobs"].as_array().cloned()).unwrap_or_default();
        let ended =
            !jobs.is_empty() && jobs.iter().all(|job| job["status"].as_str().is_some_and(crate::client::has_ended));
        let told = hold(&town.watchers).iter().all(|watcher| {
            let job = jobs.iter().find(|job| job["job_id"] == watcher.job.as_str());
            job.is_some_and(|job| job["last_seq"].as_u64() == Some(hold(&watcher.heard).last))
        });
        if ended && told {
            return true;
        }
        thread::sleep(Duration::from_millis(150));
    }
    false
}

/// Everything ends in order; one more start sweeps what belongs to nothing and shows nothing that is half.
fn end(nodes: &mut [Node], shared: bool, data: &Path, admin: &Api, town: &Town) {
    let ledger = &town.ledger;
    for node in &mut *nodes {
        if let Err(error) = node.stop(ORDERLY) {
            ledger.violation(format!("at the end: {error:#}"));
        }
    }
    if shared {
        // In a folder that several work on, only what is old is swept.
        let mut age = Command::new("find");
        age.arg(data).args(["-mindepth", "1", "-maxdepth", "2", "-exec", "touch", "-d", "2 days ago", "{}", "+"]);
        ledger.require(command::succeeds(&mut age), || "files could not be made older".to_owned());
    }
    let Some(server) = nodes.first_mut() else { return };
    if let Err(error) = server.start() {
        ledger.violation(format!("the last start: {error:#}"));
        return;
    }
    let port = server.proxy.port;
    let admin = admin.asking(port);
    let broken = admin.get("/api/datasets").and_then(|(_, body)| body["datasets"].as_array().cloned());
    let broken = broken
        .unwrap_or_default()
        .iter()
        .filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with("broken")))
        .count();
    ledger.require(broken == 0, || format!("{broken} uploads that broke off are listed"));
    if let Err(error) = server.stop(ORDERLY) {
        ledger.violation(format!("after the last start: {error:#}"));
    }
}

fn line(counts: &Counts, truth: &Truth, town: &Town, began: Instant) -> String {
    let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let attempts: u32 = truth.jobs.iter().map(|job| job.attempt).sum();
    let connections: u64 = hold(&town.watchers).iter().map(|watcher| hold(&watcher.heard).connections).sum();
    format!(
        "{} kills, {} suspensions, {} terminations, {} cuts, {} damaged, {} full disks; {} jobs, {attempts} attempts, \
         {} points, {connections} connections, {} predictions; {:.1} s",
        of(&counts.kills),
        of(&counts.suspensions),
        of(&counts.terminations),
        of(&counts.cuts),
        of(&counts.damages),
        of(&counts.full_disks),
        truth.jobs.len(),
        truth.points,
        of(&counts.predictions),
        began.elapsed().as_secs_f64()
    )
}
