//! Limits that every Unix has. They are of the whole process.

/// Bytes of a file. A checkpoint is never as large as memory, so who comes here writes without end.
#[cfg(unix)]
const FILE_BYTES: u64 = 1 << 36;
/// Open files; mathematics needs a dozen.
#[cfg(unix)]
const FILES: u64 = 1_024;

/// No core dumps, which would have the rows of the dataset in them; few open files, and none without end.
#[cfg(unix)]
pub(crate) fn limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    for (resource, most) in [(Resource::Core, 0), (Resource::Nofile, FILES), (Resource::Fsize, FILE_BYTES)] {
        let Rlimit { current, maximum } = getrlimit(resource);
        let least = |limit: Option<u64>| Some(limit.map_or(most, |limit| limit.min(most)));
        // Nobody is refused less than he has.
        let _ = setrlimit(resource, Rlimit { current: least(current), maximum: least(maximum) });
    }
}

/// There are none.
#[cfg(not(unix))]
pub(crate) fn limit() {}
