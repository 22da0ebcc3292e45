//! seccomp: system calls that a trainer has no use for. It does not look at paths, so files are Landlock's.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// The network, also of this machine: Landlock knows TCP alone, and not before version 4. Queues of calls would go around
/// this filter.
const NETWORK: &[i64] = &[libc::SYS_socket, libc::SYS_io_uring_setup];

const PROGRAMS: &[i64] = &[libc::SYS_execve, libc::SYS_execveat];

/// Other processes, which Landlock knows of from version 6 on.
const PROCESSES: &[i64] = &[
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_tkill,
];

/// Those of them that are wanted for the process itself: a panic ends by a signal.
const OWN_PROCESS: &[i64] = &[libc::SYS_kill, libc::SYS_tgkill];

/// What can be done to a file without opening it, which Landlock does not ask about (the last one before version 3).
const ATTRIBUTES: &[i64] = &[
    libc::SYS_fchmodat,
    FCHMODAT2,
    libc::SYS_fchownat,
    libc::SYS_lremovexattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_setxattr,
    libc::SYS_truncate,
];

/// One number everywhere; not every libc tells it.
const FCHMODAT2: i64 = 452;

/// Newer processors have only the calls above.
#[cfg(target_arch = "x86_64")]
const OLDER_ATTRIBUTES: &[i64] = &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown];
#[cfg(not(target_arch = "x86_64"))]
const OLDER_ATTRIBUTES: &[i64] = &[];

/// From now on these calls fail for this thread with "operation not permitted". Also no program that it starts gets more
/// rights than it has (`PR_SET_NO_NEW_PRIVS`), without which the kernel takes no filter.
pub(super) fn refuse() -> Result<(), Error> {
    apply_filter(&program()?)
}

fn program() -> Result<BpfProgram, BackendError> {
    let always = [NETWORK, PROGRAMS, PROCESSES, ATTRIBUTES, OLDER_ATTRIBUTES].concat();
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = always.into_iter().map(|call| (call, Vec::new())).collect();
    let own = u64::from(std::process::id());
    for call in OWN_PROCESS {
        let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
        rules.insert(*call, vec![SeccompRule::new(vec![other])?]);
    }
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, refused, std::env::consts::ARCH.try_into()?)?;
    filter.try_into()
}
