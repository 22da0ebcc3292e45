//! A bound on what a case may take: an allocation counts when it is asked for, also when nobody ever touches it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(usize::MAX);

struct Counting;

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(more: usize) {
    let live = LIVE.fetch_add(more, Ordering::Relaxed).wrapping_add(more);
    let most = MOST.load(Ordering::Relaxed);
    if live > most {
        // What is said allocates, too.
        MOST.store(usize::MAX, Ordering::Relaxed);
        eprintln!("{more} bytes more than fit: {live} are taken, and {most} may be");
        eprintln!("{}", std::backtrace::Backtrace::force_capture());
        std::process::abort();
    }
}

// SAFETY: every call goes to the system's allocator as it came; beside it there is only arithmetic.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Ordering::Relaxed);
        unsafe { System.dealloc(at, layout) }
    }
}

/// Runs a case, which may have so many megabytes at once.
pub fn within<T>(megabytes: usize, case: impl FnOnce() -> T) -> T {
    let before = LIVE.load(Ordering::Relaxed);
    MOST.store(before.saturating_add(megabytes << 20), Ordering::Relaxed);
    let result = case();
    MOST.store(usize::MAX, Ordering::Relaxed);
    result
}
