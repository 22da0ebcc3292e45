//! Landlock: files. Where it can (version 4 and 6), it also refuses TCP and signals, which seccomp refuses everywhere.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, LandlockStatus, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    RulesetStatus, Scope, make_bitflags, path_beneath_rules,
};

use super::Places;

/// The newest that this crate knows; of it the kernel refuses what it knows.
const NEWEST: ABI = ABI::V10;

/// How many cores there are (to begin with, for the quota of a container), and where a panic happened.
const OF_THE_SYSTEM: &[&str] = &[
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/cgroup",
    "/proc/self/maps",
    "/proc/self/mountinfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
];

/// Libraries of a GPU's driver, what they are configured by, and which devices there are.
const OF_A_DRIVER: &[&str] = &[
    "/etc/glvnd",
    "/etc/ld.so.cache",
    "/etc/nvidia",
    "/etc/vulkan",
    "/lib",
    "/lib64",
    "/opt",
    "/proc/devices",
    "/proc/driver",
    "/proc/modules",
    "/sys",
    "/usr",
];

/// Devices of GPUs, by the beginning of their names.
const GPUS: &[&str] = &["nvidia", "dri", "kfd"];

/// Keeps this thread to these places; gives the version of Landlock, or `None` where there is none. What does not exist is
/// left out: to miss it is the trainer's.
pub(super) fn keep_to(places: &Places) -> Result<Option<u32>, RulesetError> {
    let read = make_bitflags!(AccessFs::{ReadFile | ReadDir});
    let (libraries, devices) = if places.gpu { (OF_A_DRIVER, gpus()) } else { (&[][..], Vec::new()) };
    let use_devices = read | make_bitflags!(AccessFs::{WriteFile | IoctlDev});
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(OF_THE_SYSTEM, read))?
        .add_rules(path_beneath_rules(std::env::current_exe(), read))?
        .add_rules(path_beneath_rules(libraries, read))?
        .add_rules(path_beneath_rules(devices, use_devices))?
        .add_rules(path_beneath_rules(&places.read, read))?
        .add_rules(path_beneath_rules(&places.write, read | write()))?
        .restrict_self()?;
    Ok(match status.landlock {
        LandlockStatus::Available { effective_abi, .. } if status.ruleset != RulesetStatus::NotEnforced => {
            Some(effective_abi as u32)
        }
        _ => None,
    })
}

/// Files and directories, but no devices, sockets, pipes or links, and nothing to execute.
fn write() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{WriteFile | Truncate | MakeReg | MakeDir | RemoveFile | RemoveDir | Refer})
}

fn gpus() -> Vec<PathBuf> {
    let is_gpu = |path: &Path| {
        let name = path.file_name().and_then(OsStr::to_str);
        name.is_some_and(|name| GPUS.iter().any(|gpu| name.starts_with(gpu)))
    };
    let entries = fs::read_dir("/dev").into_iter().flatten();
    entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| is_gpu(path)).collect()
}
