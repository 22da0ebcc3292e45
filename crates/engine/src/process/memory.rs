//! How much memory this process may have.

use std::io;

/// From now on an allocation beyond `bytes` fails, which ends the process: see
/// [`domain::wire::trainer::ran_out_of_memory`]. Counts private memory that can be written to, used or not, so it needs an
/// allocator that asks for no more than it uses: mimalloc does with `MIMALLOC_ARENA_EAGER_COMMIT=0` in its environment,
/// and otherwise has a gigabyte before `main` begins.
///
/// # Errors
/// When the system refuses, or has no such limit.
#[cfg(target_os = "linux")]
pub(super) fn limit(bytes: u64) -> io::Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { maximum, .. } = getrlimit(Resource::Data);
    let current = Some(maximum.map_or(bytes, |maximum| maximum.min(bytes)));
    Ok(setrlimit(Resource::Data, Rlimit { current, maximum })?)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn limit(_bytes: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
