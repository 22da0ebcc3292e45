//! Images moved and mirrored a little at each step, so that a model cannot learn them by heart: Krizhevsky, Sutskever & Hinton
//! 2012. A function of (seed, step, row of the batch), so that resuming needs no state.

use crate::random::{Purpose, Random};

/// What is done to images of a square of `size` pixels a side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Augment {
    pub(super) size: usize,
    pub(super) channels: usize,
}

impl Augment {
    /// Moves each image of a batch by up to an eighth of its side, its edge repeated, and mirrors every other one if they are in
    /// colour.
    pub(super) fn batch(self, x: &mut [f32], seed: u64, step: u64) {
        let width = self.size * self.size * self.channels;
        let mut moved = vec![0.0; width];
        for (row, image) in x.chunks_exact_mut(width).enumerate() {
            let mut random = Random::new(seed, Purpose::Augmentation { step, row });
            let far = self.size / 8;
            let [right, down] = [(); 2].map(|()| random.below(2 * far + 1) as isize - far as isize);
            let mirror = self.channels > 1 && random.below(2) == 1;
            self.place(image, &mut moved, [right, down], mirror);
            image.copy_from_slice(&moved);
        }
    }

    fn place(self, from: &[f32], to: &mut [f32], [right, down]: [isize; 2], mirror: bool) {
        let Self { size, channels } = self;
        let within = |at: usize, by: isize| at.saturating_add_signed(by).min(size - 1);
        for (y, line) in to.chunks_exact_mut(size * channels).enumerate() {
            let source = &from[within(y, down) * size * channels..][..size * channels];
            for (x, pixel) in line.chunks_exact_mut(channels).enumerate() {
                let x = within(if mirror { size - 1 - x } else { x }, right);
                pixel.copy_from_slice(&source[x * channels..][..channels]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Augment;

    #[test]
    fn images_are_moved_and_mirrored_by_the_step() {
        let colour = Augment { size: 8, channels: 3 };
        let image: Vec<f32> = (0..8 * 8 * 3).map(|at| at as f32).collect();
        let moved = |augment: Augment, image: &[f32], step| {
            let mut batch = image.to_vec();
            augment.batch(&mut batch, 7, step);
            batch
        };
        assert_eq!(moved(colour, &image, 1), moved(colour, &image, 1), "a function of the step");
        assert!((0..20).any(|step| moved(colour, &image, step) != moved(colour, &image, step + 1)));
        // The rows of a picture in which every row is of one number stay so, wherever they are moved to.
        let grey = Augment { size: 8, channels: 1 };
        let rows: Vec<f32> = (0..64).map(|at| (at / 8) as f32).collect();
        let other = moved(grey, &rows, 3);
        assert!(other.chunks(8).all(|row| row.iter().all(|value| *value == row[0])));
        // What is grey may be writing: it is never mirrored.
        let columns: Vec<f32> = (0..64).map(|at| (at % 8) as f32).collect();
        assert!((0..40).all(|step| moved(grey, &columns, step).chunks(8).all(<[f32]>::is_sorted)));
        let columns: Vec<f32> = (0..192).map(|at| (at / 3 % 8) as f32).collect();
        let mirrored =
            (0..40).filter(|step| !moved(colour, &columns, *step).chunks(24).all(<[f32]>::is_sorted)).count();
        assert!((5..35).contains(&mirrored), "{mirrored}");
    }
}
