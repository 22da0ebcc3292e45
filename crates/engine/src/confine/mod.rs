//! What a trainer gives up before it looks at anything of its job but the order: files other than its own, the network, other
//! programs and processes. Nobody gets it back. Each thread inherits it from the one that starts it.

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod files;
mod limits;
#[cfg(all(test, target_os = "linux"))]
pub(crate) mod tests;

use std::path::PathBuf;

use domain::{job::Device, wire::trainer::Start};

pub(crate) use limits::limit;

/// Where a trainer may go.
#[derive(Clone, Debug, Default)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) struct Places {
    /// Files, and directories with what is in them.
    pub(crate) read: Vec<PathBuf>,
    /// Directories.
    pub(crate) write: Vec<PathBuf>,
    /// A GPU's driver is a library that reads other libraries and speaks to devices.
    pub(crate) gpu: bool,
}

impl Places {
    pub(crate) fn of(start: &Start) -> Self {
        let read = [&start.dataset.path].into_iter().chain(&start.start_from).chain(&start.checkpoints);
        Self {
            read: read.map(PathBuf::from).collect(),
            write: vec![PathBuf::from(&start.work_dir)],
            gpu: !Device::CPU.contains(&start.spec.device),
        }
    }
}

/// How far a trainer is kept from the rest of its machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confinement {
    /// Version of the Landlock that keeps it to its files; `None` where the kernel has none, an error where it has one that
    /// refused.
    pub landlock: Result<Option<u32>, String>,
    /// Whether seccomp keeps it from the network, from starting programs and from other processes; or why not.
    pub seccomp: Result<(), String>,
}

impl Confinement {
    /// For administrators, a sentence each; nothing when all is in force.
    pub fn missing(&self) -> Vec<String> {
        let files = match &self.landlock {
            Ok(Some(_)) => None,
            Ok(None) if cfg!(target_os = "linux") => {
                Some("this kernel offers no Landlock (Linux 5.13 or newer, with landlock in lsm=)".to_owned())
            }
            Ok(None) => Some("this system has no Landlock, Linux has".to_owned()),
            Err(why) => Some(why.clone()),
        };
        let files = files.map(|why| format!("Trainers may read and write whatever the server's user may: {why}."));
        let calls = self.seccomp.as_ref().err().map(|why| {
            format!("Trainers may use the network and start programs as far as Landlock does not forbid it: {why}.")
        });
        files.into_iter().chain(calls).collect()
    }

    /// For administrators.
    pub fn in_force(&self) -> String {
        let mut kept = Vec::new();
        if let Ok(Some(version)) = self.landlock {
            kept.push(format!("to the dataset and the directory of its job by Landlock (version {version})"));
        }
        if self.seccomp.is_ok() {
            kept.push("from the network, other programs and other processes by seccomp".to_owned());
        }
        if kept.is_empty() {
            "A trainer is not confined.".into()
        } else {
            format!("A trainer is kept {}.", kept.join(" and "))
        }
    }
}

/// What a trainer of this machine would be kept from: a thread confines itself, says how it went and ends.
pub fn confinement() -> Confinement {
    let tried = std::thread::Builder::new().spawn(|| confine(&Places::default())).map(std::thread::JoinHandle::join);
    tried.ok().and_then(Result::ok).unwrap_or_else(|| {
        let why = "it could not be tried, because the system gives no thread";
        Confinement { landlock: Err(why.to_owned()), seccomp: Err(why.to_owned()) }
    })
}

/// Confines this thread, and those that it starts from now on.
#[cfg(target_os = "linux")]
pub(crate) fn confine(places: &Places) -> Confinement {
    let seccomp = calls::refuse().map_err(|error| format!("seccomp is refused ({error})"));
    let landlock = files::keep_to(places).map_err(|error| format!("Landlock is refused ({error})"));
    Confinement { landlock, seccomp }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_places: &Places) -> Confinement {
    Confinement { landlock: Ok(None), seccomp: Err("this system has no seccomp, Linux has".to_owned()) }
}
