//! How much memory this process may have.

#[cfg(target_os = "linux")]
pub(super) use linux::{limit, start_frugally};

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io, os::unix::process::CommandExt, process::Command};

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    const EAGER: &str = "MIMALLOC_ARENA_EAGER_COMMIT";

    /// Starts this process again, with an allocator that takes memory when it is used. The one that `athanor` is built
    /// with, mimalloc, otherwise maps a gigabyte before `main` begins, and [`limit`] counts what is mapped. Nothing may
    /// have been read yet. Costs milliseconds; an agent may set the variable itself and save them.
    pub(in crate::process) fn start_frugally() {
        let mut arguments = std::env::args_os();
        let (None, Ok(program), Some(name)) = (std::env::var_os(EAGER), std::env::current_exe(), arguments.next())
        else {
            return;
        };
        // Returns only when it failed; then `limit` will see how much is mapped.
        let _ = Command::new(program).arg0(name).args(arguments).env(EAGER, "0").exec();
    }

    /// From now on an allocation beyond `bytes` fails, which ends the process: see
    /// [`domain::wire::trainer::ran_out_of_memory`]. Counts private memory that can be written to.
    ///
    /// # Errors
    /// When the system refuses, or that much is taken already.
    pub(in crate::process) fn limit(bytes: u64) -> io::Result<()> {
        let taken = taken()?;
        if taken >= bytes {
            return Err(io::Error::other(format!("the trainer itself takes {} MiB", taken.div_ceil(1 << 20))));
        }
        let Rlimit { maximum, .. } = getrlimit(Resource::Data);
        let current = Some(maximum.map_or(bytes, |maximum| maximum.min(bytes)));
        Ok(setrlimit(Resource::Data, Rlimit { current, maximum })?)
    }

    /// What the limit counts, in bytes: `VmData` of `/proc/self/status`, which is in units of 1,024 bytes.
    fn taken() -> io::Result<u64> {
        let status = fs::read_to_string("/proc/self/status")?;
        let told =
            status.lines().find_map(|line| line.strip_prefix("VmData:")?.trim().strip_suffix(" kB")?.parse().ok());
        told.map(|units: u64| units << 10).ok_or_else(|| io::Error::other("/proc/self/status does not tell VmData"))
    }
}

/// Nothing to prepare without a limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn start_frugally() {}

/// # Errors
/// Always: only Linux has such a limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_bytes: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
