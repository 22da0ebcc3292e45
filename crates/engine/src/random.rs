//! Random numbers as a function of what they are for. Nothing is carried from step to step, so resuming needs no state.

/// What a stream of numbers is for; streams of different purposes never meet.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose {
    /// Initial values of one parameter.
    Weights { parameter: usize },
    /// The order of the training rows in one epoch.
    Shuffle { epoch: u32 },
    /// Which units of one layer are left out at one step.
    Dropout { step: u64, layer: usize },
    /// The rows of one test set that the bootstrap draws.
    Bootstrap { resample: u32 },
    /// The order in which one feature is shuffled to see what it is worth.
    Permutation { feature: usize, repeat: u32 },
    /// How one image of a batch is moved at one step.
    Augmentation { step: u64, row: usize },
    /// Rows that stand for all of them in one part of a report.
    Sample { part: u64 },
}

/// SplitMix64 (Steele, Lea & Flood 2014), started at a hash of seed and purpose.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64, purpose: Purpose) -> Self {
        let (kind, a, b) = match purpose {
            Purpose::Weights { parameter } => (1, parameter as u64, 0),
            Purpose::Shuffle { epoch } => (2, u64::from(epoch), 0),
            Purpose::Dropout { step, layer } => (3, step, layer as u64),
            Purpose::Augmentation { step, row } => (4, step, row as u64),
            Purpose::Bootstrap { resample } => (17, u64::from(resample), 0),
            Purpose::Permutation { feature, repeat } => (18, feature as u64, u64::from(repeat)),
            Purpose::Sample { part } => (19, part, 0),
        };
        let state = [kind, a, b].into_iter().fold(mix(seed), |state, part| mix(state ^ mix(part)));
        Self(state)
    }

    #[inline]
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mix(self.0)
    }

    /// Uniform in 0 to 1, 1 excluded.
    #[inline]
    pub(crate) fn unit(&mut self) -> f32 {
        (self.next() >> 40) as f32 / (1_u32 << 24) as f32
    }

    /// Uniform in 0 to `end`, `end` excluded, by Lemire's multiplication (2019, arXiv:1805.10941).
    pub(crate) fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }

    /// Fisher and Yates.
    pub(crate) fn shuffle(&mut self, rows: &mut [u32]) {
        for last in (1..rows.len()).rev() {
            let at = self.below(last + 1);
            rows.swap(last, at);
        }
    }

    /// At most `most` of so many rows, each as likely as any other, ascending.
    pub(crate) fn sample(&mut self, rows: usize, most: usize) -> Vec<u32> {
        let mut all: Vec<u32> = (0..rows as u32).collect();
        if rows > most {
            // The first steps of a shuffle.
            for at in 0..most {
                let other = at + self.below(rows - at);
                all.swap(at, other);
            }
            all.truncate(most);
            all.sort_unstable();
        }
        all
    }
}

#[inline]
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Purpose, Random};

    #[test]
    fn streams_are_functions_of_their_purpose() {
        let first = |seed, purpose| Random::new(seed, purpose).next();
        assert_eq!(first(1, Purpose::Shuffle { epoch: 2 }), first(1, Purpose::Shuffle { epoch: 2 }));
        assert_ne!(first(1, Purpose::Shuffle { epoch: 2 }), first(1, Purpose::Shuffle { epoch: 3 }));
        assert_ne!(first(1, Purpose::Shuffle { epoch: 2 }), first(2, Purpose::Shuffle { epoch: 2 }));
        assert_ne!(first(1, Purpose::Shuffle { epoch: 2 }), first(1, Purpose::Weights { parameter: 2 }));
    }

    #[test]
    fn units_are_uniform_and_shuffles_are_permutations() {
        let mut random = Random::new(7, Purpose::Dropout { step: 1, layer: 0 });
        let mean: f32 = (0..10_000).map(|_| random.unit()).sum::<f32>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        let mut rows: Vec<u32> = (0..100).collect();
        random.shuffle(&mut rows);
        assert!(!rows.is_sorted());
        rows.sort_unstable();
        assert!(rows.iter().enumerate().all(|(at, row)| at == *row as usize));
    }

    #[test]
    fn samples_are_rows_that_come_once_and_all_when_they_are_few() {
        let mut random = Random::new(7, Purpose::Sample { part: 1 });
        let rows = random.sample(1_000, 100);
        assert!(rows.len() == 100 && rows.windows(2).all(|pair| pair[0] < pair[1]) && rows[99] < 1_000);
        assert!(rows[50] > 300 && rows[50] < 700, "spread over all of them: {}", rows[50]);
        assert_eq!(random.sample(3, 100), [0, 1, 2]);
    }
}
