//! Work that is divided among the threads of a job. Every number is computed by one thread, in the same order whatever their
//! count: results are the same, bit for bit.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::simd::{Work, fastest};

/// Of this process. One, until somebody allows more.
static THREADS: AtomicUsize = AtomicUsize::new(1);

/// Lets the mathematics of this process use so many threads. This one is one of them: call it where the work comes from, because
/// one from outside would wake another for each piece of it, and sleep.
#[cfg(feature = "train")]
pub(crate) fn allow(threads: u32) {
    let threads = threads.clamp(1, 64) as usize;
    // Where the system gives no threads, one does it all.
    if threads > 1 && rayon::ThreadPoolBuilder::new().num_threads(threads).use_current_thread().build_global().is_ok() {
        THREADS.store(threads, Ordering::Relaxed);
    }
}

/// Work that can be cut in two.
pub(crate) trait Divide: Work<Output = ()> + Send + Sized {
    /// Numbers that it writes or multiplications that it makes, to compare with what is worth a thread.
    fn size(&self) -> usize;

    /// Two halves that write to different places.
    fn divide(self) -> (Self, Self);
}

/// Runs work, on several threads if each has at least `worth` of it.
pub(crate) fn divided<W: Divide>(work: W, worth: usize) {
    #[cfg(test)]
    if let Some(threads) = FORCED.get() {
        return run(work, 1, threads);
    }
    run(work, worth, THREADS.load(Ordering::Relaxed));
}

#[cfg(test)]
std::thread_local! {
    static FORCED: std::cell::Cell<Option<usize>> = const { std::cell::Cell::new(None) };
}

/// Divides everything that this thread begins among so many, however little it is.
#[cfg(test)]
pub(crate) fn forced<T>(threads: usize, work: impl FnOnce() -> T) -> T {
    FORCED.set(Some(threads));
    let done = work();
    FORCED.set(None);
    done
}

#[cfg(feature = "train")]
fn run<W: Divide>(work: W, worth: usize, threads: usize) {
    if threads < 2 || work.size() < 2 * worth {
        return fastest(work);
    }
    let (first, second) = work.divide();
    rayon::join(|| run(first, worth, threads / 2), || run(second, worth, threads - threads / 2));
}

/// Browsers have one.
#[cfg(not(feature = "train"))]
fn run<W: Divide>(work: W, _: usize, _: usize) {
    fastest(work);
}

#[cfg(test)]
mod tests {
    use super::{Divide, run};
    use crate::simd::{Simd, Work};

    struct Count<'a>(&'a mut [u32]);

    impl Work for Count<'_> {
        type Output = ();

        fn run<S: Simd>(self, _: S) {
            let pieces = self.0.len() as u32;
            self.0.iter_mut().for_each(|number| *number += pieces);
        }
    }

    impl Divide for Count<'_> {
        fn size(&self) -> usize {
            self.0.len()
        }

        fn divide(self) -> (Self, Self) {
            let (first, second) = self.0.split_at_mut(self.0.len() / 2);
            (Count(first), Count(second))
        }
    }

    #[test]
    fn everything_is_done_once_in_as_many_pieces_as_are_worth_it() {
        for (threads, worth, piece) in [(1, 1, 96), (2, 1, 48), (4, 1, 24), (4, 30, 48), (4, 60, 96), (3, 1, 48)] {
            let mut numbers = vec![0; 96];
            run(Count(&mut numbers), worth, threads);
            assert_eq!(numbers[0], piece, "{threads} {worth}");
            assert!(numbers.iter().all(|number| [24, 48, 96].contains(number)), "{numbers:?}");
        }
    }
}
