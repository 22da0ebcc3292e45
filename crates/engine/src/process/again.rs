//! A trainer starts itself a second time, because some things are settled before `main` begins.

/// Starts this process again, once, with
///
/// * an allocator that takes memory when it is used. The one that `athanor` is built with, mimalloc, otherwise maps a gigabyte
///   before `main` begins, and [`limit`](super::memory::limit) counts what is mapped;
/// * standard input, output and error, and no other descriptor that whoever started us left open.
///
/// Nothing may have been read yet. Costs milliseconds; whoever leaves nothing open may set the variable himself and save them.
#[cfg(target_os = "linux")]
pub(super) fn start_again() {
    use std::{os::unix::process::CommandExt, process::Command};

    const EAGER: &str = "MIMALLOC_ARENA_EAGER_COMMIT";
    const FIRST_OTHER: i32 = 3;

    let mut arguments = std::env::args_os();
    let (None, Ok(program), Some(name)) = (std::env::var_os(EAGER), std::env::current_exe(), arguments.next()) else {
        return;
    };
    close_fds::set_fds_cloexec(FIRST_OTHER, &[]);
    // Returns only when it failed; then `limit` will see how much is mapped.
    let _ = Command::new(program).arg0(name).args(arguments).env(EAGER, "0").exec();
}

/// Elsewhere there is no such limit.
#[cfg(not(target_os = "linux"))]
pub(super) fn start_again() {}
