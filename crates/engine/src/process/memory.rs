//! How much memory this process may have.

#[cfg(target_os = "linux")]
pub(super) use linux::limit;

#[cfg(target_os = "linux")]
mod linux {
    use std::{fs, io};

    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

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

/// # Errors
/// Always: only Linux has such a limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_bytes: u64) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
