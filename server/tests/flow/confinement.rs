//! A trainer as its agent starts it: what it is left with, seen from outside.
#![cfg(target_os = "linux")]

use std::{
    collections::BTreeSet,
    fs::{self, File},
    thread,
};

use rustix::io::{FdFlags, fcntl_setfd};
use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter};
use serde_json::{Value, json};

use crate::harness::{Server, athanor};

const SLOW: (&str, &str) = ("ATHANOR_TRAINER_FAULT", "sleep_ms_per_step=20");

/// What the system says about a process.
struct Process(String);

impl Process {
    fn of(pid: u32) -> Self {
        Self(format!("/proc/{pid}"))
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(format!("{}/{name}", self.0)).unwrap()).into_owned()
    }

    /// Descriptors that are open, and what they lead to.
    fn descriptors(&self) -> Vec<(u32, String)> {
        let entries = fs::read_dir(format!("{}/fd", self.0)).unwrap().map(|entry| entry.unwrap().path());
        let read = entries.filter_map(|path| Some((path.clone(), fs::read_link(path).ok()?)));
        let number = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().parse().unwrap();
        read.map(|(path, to)| (number(&path), to.to_string_lossy().into_owned())).collect()
    }

    /// The values of a line of `status`, one of each thread.
    fn status(&self, name: &str) -> BTreeSet<u32> {
        let threads = fs::read_dir(format!("{}/task", self.0)).unwrap().map(|entry| entry.unwrap().path());
        let texts = threads.filter_map(|path| fs::read_to_string(path.join("status")).ok());
        let of = |text: String| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.unwrap_or_else(|| panic!("{name}: {text}")).trim().parse().unwrap()
        };
        texts.map(of).collect()
    }
}

#[tokio::test]
async fn a_trainer_has_three_pipes_no_secrets_and_no_rights() {
    let secret = "a-secret-of-at-least-thirty-two-bytes";
    let folder = tempfile::tempdir().unwrap();
    let left_open = folder.path().join("left-open");
    fs::write(&left_open, "by whoever starts the server").unwrap();
    let file = File::open(&left_open).unwrap();
    fcntl_setfd(&file, FdFlags::empty()).unwrap();
    let server = Server::start_with(&[SLOW, ("JWT_SECRET", secret), ("ATHANOR_SLOTS", "1")]);
    drop(file);
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 30, "early_stopping": false})).await;
    ada.wait_until(&job, |job| job["epoch"].as_u64() > Some(1)).await;

    let (agent, trainer) = (Process::of(server.pid()), Process::of(server.trainers()[0]));
    let leads_there = |(_, to): &(u32, String)| to == left_open.to_str().unwrap();
    assert!(agent.descriptors().iter().any(leads_there), "the server has inherited nothing: {:?}", agent.descriptors());
    let open = trainer.descriptors();
    // A checkpoint may be on its way.
    let strange = open.iter().filter(|(number, to)| *number > 2 && !to.contains("/jobs/")).collect::<Vec<_>>();
    assert!(strange.is_empty() && open.iter().filter(|(number, _)| *number <= 2).count() == 3, "{open:?}");
    assert!(open[..3].iter().all(|(_, to)| to.starts_with("pipe:") || to.starts_with("socket:")), "{open:?}");
    let environment = trainer.read("environ");
    assert!(agent.read("environ").contains(secret) && !environment.contains(secret), "{environment}");
    assert!(!environment.contains("JWT") && environment.contains(&job), "{environment}");
    let limit = |name: &str| trainer.read("limits").lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    assert_eq!(limit("Max core file size").split_whitespace().nth(4), Some("0"));
    // Nobody has this one from elsewhere, as one may have no core dumps.
    assert_eq!(limit("Max file size").split_whitespace().nth(3), Some("68719476736"));
    // Every thread: the one that hears the agent, too.
    assert_eq!(trainer.status("NoNewPrivs"), BTreeSet::from([1]));
    let (_, said, _) = athanor(&["admin", "doctor", "--data-dir", server.data().to_str().unwrap()]);
    if said.contains("by seccomp") {
        let filters: Vec<u32> = agent.status("Seccomp_filters").into_iter().collect();
        assert_eq!(trainer.status("Seccomp_filters"), BTreeSet::from([filters[0] + 1]));
    }
    ada.wait_for(&job, "COMPLETED").await;
}

/// Runs `act` as on a kernel that has no Landlock, with all that it starts.
fn without_landlock<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    let calls = [libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self];
    let rules = calls.into_iter().map(|call| (call, Vec::new())).collect();
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, unknown, architecture).unwrap();
    let filter = BpfProgram::try_from(filter).unwrap();
    thread::scope(|scope| {
        let older = scope.spawn(|| {
            apply_filter(&filter).unwrap();
            act()
        });
        older.join().unwrap()
    })
}

#[tokio::test]
async fn without_landlock_jobs_are_trained_and_the_administrator_is_told() {
    let server = without_landlock(|| Server::start_with(&[("ATHANOR_LOG_FORMAT", "json")]));
    let ada = server.person("ada").await;
    let job = ada.train(json!({"dataset": "iris", "epochs": 3})).await;
    ada.wait_for(&job, "COMPLETED").await;
    let (_, log) = ada.get(&format!("/api/training/{job}/logs")).await;
    assert!(!log.to_string().contains("Landlock"), "it is no matter of whoever trains: {log}");
    let lines = server.log();
    let lines = lines.lines().filter(|line| line.contains("Landlock")).collect::<Vec<_>>();
    let line: Value = serde_json::from_str(lines[0]).unwrap();
    assert_eq!((lines.len(), &line["level"]), (1, &json!("WARN")), "{lines:?}");
    assert!(line["message"].as_str().unwrap().contains("this kernel offers no Landlock"), "{line}");

    let data = server.data();
    let examine = || athanor(&["admin", "doctor", "--data-dir", data.to_str().unwrap()]);
    let (code, said, complaint) = without_landlock(examine);
    assert_eq!(code, 0, "{said}{complaint}");
    let note = said.lines().find(|line| line.contains("Landlock")).unwrap();
    assert!(note.starts_with("note ") && note.contains("Linux 5.13"), "{said}");
    let (_, said, _) = examine();
    let line = said.lines().find(|line| line.contains("A trainer is ")).unwrap();
    eprintln!("this machine: {line}");
    assert!(line.starts_with("ok ") == line.contains("by Landlock (version"), "{said}");
}
