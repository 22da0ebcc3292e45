//! Work on large tables, on several threads.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
};

/// Reading and encoding are soon as fast as the disk and the memory.
const MOST: usize = 4;

/// How many there shall be.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MOST)
}

/// What `work` makes of each item, in their order. Where the system gives no threads, as in browsers, this one does it all.
pub(crate) fn each<T: Send, R: Send>(items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
    let threads = count().min(items.len());
    let (queue, done) = (Mutex::new(items.into_iter().enumerate()), Mutex::new(Vec::new()));
    let drain = || {
        loop {
            let Some((at, item)) = lock(&queue).next() else { return };
            let result = work(item);
            lock(&done).push((at, result));
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // One less is as good.
            let _ = thread::Builder::new().spawn_scoped(scope, drain);
        }
        drain();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, result)| result).collect()
}

/// For locks under which nothing is half done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::each;

    #[test]
    fn everything_is_done_once_and_in_its_order() {
        assert_eq!(each((0..100_u32).collect(), |item| item * 2), (0..100).map(|item| item * 2).collect::<Vec<_>>());
        assert!(each(Vec::<u32>::new(), |item| item).is_empty());
    }
}
