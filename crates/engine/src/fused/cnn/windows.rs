//! The 3 x 3 windows of images as rows of a matrix, and back.

/// What lies around each pixel of images of `size` x `size` pixels: 9 x `channels` numbers a pixel, zeros beyond the edge.
pub(super) fn windows(images: &[f32], size: usize, channels: usize, rows: &mut [f32]) {
    let line = size * channels;
    let pixels = rows.chunks_exact_mut(size * size * 9 * channels);
    for (image, rows) in images.chunks_exact(size * line).zip(pixels) {
        for (y, rows) in rows.chunks_exact_mut(size * 9 * channels).enumerate() {
            for part in 0..3 {
                let from = (y + part).checked_sub(1).filter(|at| *at < size).map(|at| &image[at * line..][..line]);
                for (x, row) in rows.chunks_exact_mut(9 * channels).enumerate() {
                    let to = &mut row[part * 3 * channels..][..3 * channels];
                    match from {
                        None => to.fill(0.0),
                        Some(from) if x > 0 && x + 1 < size => {
                            to.copy_from_slice(&from[(x - 1) * channels..][..3 * channels]);
                        }
                        Some(from) => {
                            to.fill(0.0);
                            let (left, right) = (x.saturating_sub(1), (x + 2).min(size));
                            let skipped = usize::from(x == 0) * channels;
                            let there = &from[left * channels..right * channels];
                            to[skipped..skipped + there.len()].copy_from_slice(there);
                        }
                    }
                }
            }
        }
    }
}

/// The errors of windows, each added where it came from. What was in `images` is lost.
pub(super) fn add_windows(rows: &[f32], size: usize, channels: usize, images: &mut [f32]) {
    let line = size * channels;
    images.fill(0.0);
    for (image, rows) in images.chunks_exact_mut(size * line).zip(rows.chunks_exact(size * size * 9 * channels)) {
        for (y, rows) in rows.chunks_exact(size * 9 * channels).enumerate() {
            for part in 0..3 {
                let Some(at) = (y + part).checked_sub(1).filter(|at| *at < size) else { continue };
                let to = &mut image[at * line..][..line];
                for (x, row) in rows.chunks_exact(9 * channels).enumerate() {
                    let from = &row[part * 3 * channels..][..3 * channels];
                    let (left, right) = (x.saturating_sub(1), (x + 2).min(size));
                    let skipped = usize::from(x == 0) * channels;
                    let to = &mut to[left * channels..right * channels];
                    to.iter_mut().zip(&from[skipped..]).for_each(|(to, from)| *to += from);
                }
            }
        }
    }
}
