//! Whether confinement holds: a process that confines itself and then tries what it may not. This test executable again, whose
//! test [`probe`] is that process when it is asked to be.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say so and end")]

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions, Permissions},
    io,
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::{PermissionsExt, symlink},
            net::{SocketAddr, UnixListener, UnixStream},
        },
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use rustix::process::{Pid, Resource, Signal, getrlimit, kill_process};
use seccompiler::{SeccompAction, SeccompFilter, apply_filter};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::{Confinement, Places, confine, limit};

const ASKED: &str = "ATHANOR_TEST_IS_PROBE";

/// What the probe is told.
#[derive(Serialize, Deserialize)]
struct Order {
    confined: bool,
    /// Of the test; the probe may read `data.csv` and write into `job`.
    directory: PathBuf,
    port: u16,
    parent: i32,
}

/// What it found.
#[derive(Serialize, Deserialize)]
struct Found {
    landlock: Result<Option<u32>, String>,
    seccomp: Result<(), String>,
    done: BTreeMap<String, Result<(), String>>,
}

struct Attempt {
    name: &'static str,
    /// The first version of Landlock that refuses it.
    landlock: Option<u32>,
    seccomp: bool,
    act: fn(&Order) -> io::Result<()>,
}

const fn attempt(
    name: &'static str,
    landlock: Option<u32>,
    seccomp: bool,
    act: fn(&Order) -> io::Result<()>,
) -> Attempt {
    Attempt { name, landlock, seccomp, act }
}

const ATTEMPTS: &[Attempt] = &[
    attempt("read the dataset", None, false, |order| fs::read(order.directory.join("data.csv")).map(drop)),
    attempt("write a checkpoint", None, false, |order| write_a_checkpoint(&order.directory.join("job"))),
    attempt("signal itself", None, false, |_| Ok(kill_process(rustix::process::getpid(), Signal::CONT)?)),
    attempt("count cores", None, false, |_| thread::available_parallelism().map(drop)),
    attempt("change the dataset", Some(1), false, |order| {
        OpenOptions::new().append(true).open(order.directory.join("data.csv")).map(drop)
    }),
    attempt("read the database", Some(1), false, |order| fs::read(order.directory.join("athanor.db")).map(drop)),
    attempt("list the secrets", Some(1), false, |order| fs::read_dir(order.directory.join("secrets")).map(drop)),
    attempt("read a secret", Some(1), false, |order| fs::read(order.directory.join("secrets/jwt")).map(drop)),
    attempt("read a secret by a link", Some(1), false, |order| fs::read(order.directory.join("job/link")).map(drop)),
    attempt("read a secret in another thread", Some(1), false, |order| {
        thread::scope(|scope| scope.spawn(|| fs::read(order.directory.join("secrets/jwt")).map(drop)).join().unwrap())
    }),
    attempt("move a secret into the job", Some(1), false, |order| {
        fs::hard_link(order.directory.join("secrets/jwt"), order.directory.join("job/jwt"))
    }),
    attempt("write beside the job", Some(1), false, |order| fs::write(order.directory.join("other"), "x")),
    attempt("make a directory beside the job", Some(1), false, |order| fs::create_dir(order.directory.join("folder"))),
    attempt("remove a file", Some(1), false, |order| fs::remove_file(order.directory.join("to-remove"))),
    attempt("read what its parent was told", Some(1), false, |order| {
        fs::read(format!("/proc/{}/environ", order.parent)).map(drop)
    }),
    attempt("change permissions", None, true, |order| {
        fs::set_permissions(order.directory.join("secrets/jwt"), Permissions::from_mode(0o644))
    }),
    attempt("start a program", Some(1), true, |_| {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", ":"]).stdin(Stdio::null()).stdout(Stdio::inherit()).status().map(drop)
    }),
    attempt("signal its parent", Some(6), true, |order| {
        let parent = Pid::from_raw(order.parent).ok_or(io::ErrorKind::InvalidInput)?;
        Ok(kill_process(parent, Signal::CONT)?)
    }),
    attempt("connect", Some(4), true, |order| TcpStream::connect(("127.0.0.1", order.port)).map(drop)),
    attempt("listen", Some(4), true, |_| TcpListener::bind("127.0.0.1:0").map(drop)),
    attempt("send to anybody", Some(10), true, |order| {
        UdpSocket::bind("127.0.0.1:0")?.send_to(b"x", ("127.0.0.1", order.port)).map(drop)
    }),
    attempt("connect to a socket file", Some(9), true, |order| {
        UnixStream::connect(order.directory.join("socket")).map(drop)
    }),
    attempt("connect to a socket without a file", Some(6), true, |order| {
        UnixStream::connect_addr(&SocketAddr::from_abstract_name(abstract_name(&order.directory))?).map(drop)
    }),
];

fn write_a_checkpoint(job: &Path) -> io::Result<()> {
    let (part, whole) = (job.join("checkpoints/a.part"), job.join("checkpoints/a"));
    fs::create_dir_all(&part)?;
    crate::files::write_directory(&whole, &[("weights", b"1")])?;
    fs::read(whole.join("weights"))?;
    File::create(whole.join("weights"))?;
    fs::rename(&whole, job.join("model"))?;
    fs::remove_dir_all(job.join("model"))
}

fn abstract_name(directory: &Path) -> Vec<u8> {
    directory.as_os_str().as_encoded_bytes().to_vec()
}

#[test]
fn probe() {
    let Ok(order) = std::env::var(ASKED) else { return };
    let order: Order = serde_json::from_str(&order).unwrap();
    let places = Places {
        read: vec![order.directory.join("data.csv"), order.directory.join("not-there")],
        write: vec![order.directory.join("job")],
        gpu: false,
    };
    let Confinement { landlock, seccomp } =
        if order.confined { confine(&places) } else { Confinement { landlock: Ok(None), seccomp: Err(String::new()) } };
    let done = ATTEMPTS.iter().map(|attempt| {
        let done = (attempt.act)(&order).map_err(|error| error.to_string());
        (attempt.name.to_owned(), done)
    });
    let found = Found { landlock, seccomp, done: done.collect() };
    println!("\n{}", serde_json::to_string(&found).unwrap());
}

/// What a probe finds in a directory with everything that it looks for.
fn send_a_probe(confined: bool) -> Found {
    let directory = TempDir::new().unwrap();
    let path = |name: &str| directory.path().join(name);
    for folder in ["job", "secrets"] {
        fs::create_dir(path(folder)).unwrap();
    }
    for file in ["data.csv", "athanor.db", "secrets/jwt", "to-remove"] {
        fs::write(path(file), "a secret").unwrap();
    }
    symlink(path("secrets/jwt"), path("job/link")).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let _socket = UnixListener::bind(path("socket")).unwrap();
    let name = SocketAddr::from_abstract_name(abstract_name(directory.path())).unwrap();
    let _abstract_socket = UnixListener::bind_addr(&name).unwrap();
    let order = Order {
        confined,
        directory: directory.path().to_owned(),
        port: listener.local_addr().unwrap().port(),
        parent: std::process::id() as i32,
    };
    let said = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "confine::tests::probe", "--nocapture"])
        .env(ASKED, serde_json::to_string(&order).unwrap())
        .output()
        .unwrap();
    let text = String::from_utf8(said.stdout).unwrap();
    assert!(said.status.success(), "{text}{}", String::from_utf8_lossy(&said.stderr));
    let found = text.lines().find(|line| line.starts_with("{\"landlock\"")).unwrap_or_else(|| panic!("{text}"));
    serde_json::from_str(found).unwrap()
}

/// Runs `act` as on a kernel that knows nothing of these calls, with all that it starts.
pub(crate) fn without<T: Send>(calls: &[i64], act: impl FnOnce() -> T + Send) -> T {
    let rules = calls.iter().map(|call| (*call, Vec::new())).collect();
    let unknown = SeccompAction::Errno(libc::ENOSYS as u32);
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, unknown, architecture).unwrap();
    let filter = seccompiler::BpfProgram::try_from(filter).unwrap();
    thread::scope(|scope| {
        let older = scope.spawn(|| {
            apply_filter(&filter).unwrap();
            act()
        });
        older.join().unwrap()
    })
}

pub(crate) const LANDLOCK: &[i64] =
    &[libc::SYS_landlock_create_ruleset, libc::SYS_landlock_add_rule, libc::SYS_landlock_restrict_self];

#[test]
fn without_confinement_everything_can_be_done() {
    let Found { done, .. } = send_a_probe(false);
    let failed: Vec<_> = done.iter().filter(|(_, done)| done.is_err()).collect();
    assert!(failed.is_empty(), "the attempts prove nothing here: {failed:?}");
    assert_eq!(done.len(), ATTEMPTS.len());
}

#[test]
fn a_trainer_can_do_what_it_must_and_nothing_else() {
    let here = super::confinement();
    eprintln!("this machine has {here:?}");
    let both = send_a_probe(true);
    assert_eq!((&both.landlock, &both.seccomp), (&here.landlock, &here.seccomp), "what was foretold");
    let filtered = without(LANDLOCK, || send_a_probe(true));
    assert_eq!((&filtered.landlock, &filtered.seccomp), (&Ok(None), &here.seccomp));
    let unfiltered = without(&[libc::SYS_seccomp], || send_a_probe(true));
    assert!(unfiltered.landlock == here.landlock && unfiltered.seccomp.is_err());
    for Found { landlock, seccomp, done } in [both, filtered, unfiltered] {
        let version = landlock.clone().unwrap().unwrap_or(0);
        for attempt in ATTEMPTS {
            let refused =
                attempt.landlock.is_some_and(|first| version >= first) || (attempt.seccomp && seccomp.is_ok());
            let done = &done[attempt.name];
            assert_eq!(done.is_err(), refused, "{}: {done:?} with {landlock:?}, {seccomp:?}", attempt.name);
        }
    }
}

#[test]
fn what_is_missing_is_said() {
    let whole = Confinement { landlock: Ok(Some(7)), seccomp: Ok(()) };
    assert!(whole.missing().is_empty());
    assert!(whole.in_force().contains("Landlock (version 7) and from the network"), "{}", whole.in_force());
    let old = Confinement { landlock: Ok(None), ..whole.clone() };
    assert!(old.missing().len() == 1 && old.missing()[0].contains("Linux 5.13"), "{:?}", old.missing());
    let none = Confinement { landlock: Err("for a reason".into()), seccomp: Err("for another".into()) };
    assert!(none.missing().len() == 2 && none.missing()[1].contains("for another"), "{:?}", none.missing());
    assert_eq!(none.in_force(), "A trainer is not confined.");
}

#[test]
fn the_limits_of_a_process_are_never_raised() {
    const ASKED: &str = "ATHANOR_TEST_IS_LIMITED";
    if std::env::var_os(ASKED).is_some() {
        limit();
        let soft = |resource| getrlimit(resource).current;
        println!("\n{:?} {:?}", soft(Resource::Core), soft(Resource::Nofile));
        println!("{:?}", getrlimit(Resource::Fsize).maximum.is_some());
        return;
    }
    let test = std::env::current_exe().unwrap();
    let under = |files: u32| {
        let said = Command::new("/bin/sh")
            .args(["-c", &format!("ulimit -S -n {files}; exec \"$0\" --exact \"$1\" --nocapture")])
            .arg(&test)
            .arg("confine::tests::the_limits_of_a_process_are_never_raised")
            .env(ASKED, "1")
            .output()
            .unwrap();
        String::from_utf8(said.stdout).unwrap()
    };
    let (few, many) = (under(100), under(2_000));
    assert!(few.contains("Some(0) Some(100)\ntrue"), "{few}");
    assert!(many.contains("Some(0) Some(1024)\ntrue"), "{many}");
}
