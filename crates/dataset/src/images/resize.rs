//! Squares of any size from images of any size: the middle of an image, its pixels averaged by a triangle as wide as a pixel
//! of the result. The same as Pillow's `BILINEAR` on `ImageOps.fit`, but for rounding.

use image::RgbImage;

/// The middle square of an image, so many pixels a side, red, green and blue side by side.
pub(super) fn square(image: &RgbImage, size: u32) -> Vec<u8> {
    let (width, height) = image.dimensions();
    let side = width.min(height);
    let (left, top) = (((width - side) / 2) as usize, ((height - side) / 2) as usize);
    let (side, width) = (side as usize, width as usize);
    let row = |y: usize| &image.as_raw()[((top + y) * width + left) * 3..][..side * 3];
    if side == size as usize {
        return (0..side).flat_map(row).copied().collect();
    }
    let taps = taps(side, size as usize);
    let mut pixels = Vec::with_capacity((size * size * 3) as usize);
    let mut line = vec![0.0_f32; side * 3];
    for Taps { first, shares } in &taps {
        line.fill(0.0);
        for (at, share) in shares.iter().enumerate() {
            for (sum, value) in line.iter_mut().zip(row(first + at)) {
                *sum += share * f32::from(*value);
            }
        }
        for Taps { first, shares } in &taps {
            let mut pixel = [0.0_f32; 3];
            for (share, values) in shares.iter().zip(line[first * 3..].as_chunks::<3>().0) {
                for (sum, value) in pixel.iter_mut().zip(values) {
                    *sum += share * value;
                }
            }
            pixels.extend(pixel.map(|value| value.round().clamp(0.0, 255.0) as u8));
        }
    }
    pixels
}

/// The pixels that one of the result is made of, and the share of each.
struct Taps {
    first: usize,
    shares: Vec<f32>,
}

fn taps(from: usize, to: usize) -> Vec<Taps> {
    let scale = from as f64 / to as f64;
    // A result that is larger than the image is drawn between its pixels.
    let reach = scale.max(1.0);
    let of = |at: usize| {
        let middle = (at as f64 + 0.5) * scale;
        let first = (middle - reach + 0.5).floor().max(0.0) as usize;
        let end = ((middle + reach + 0.5).floor() as usize).clamp(first + 1, from);
        let share = |pixel: usize| (1.0 - ((pixel as f64 + 0.5 - middle) / reach).abs()).max(0.0);
        let sum: f64 = (first..end).map(share).sum();
        Taps { first, shares: (first..end).map(|pixel| (share(pixel) / sum) as f32).collect() }
    };
    (0..to).map(of).collect()
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::square;

    #[test]
    fn the_middle_is_kept_and_a_plane_stays_a_plane() {
        let image =
            RgbImage::from_fn(40, 20, |x, _| if (10..30).contains(&x) { Rgb([7, 80, 200]) } else { Rgb([0, 0, 0]) });
        for size in [1, 8, 20, 33] {
            let pixels = square(&image, size);
            assert_eq!(pixels.len(), (size * size * 3) as usize);
            assert!(pixels.as_chunks::<3>().0.iter().all(|pixel| *pixel == [7, 80, 200]), "{size}");
        }
    }

    #[test]
    fn details_are_averaged_and_not_left_out() {
        let stripes = RgbImage::from_fn(64, 64, |x, _| if x % 2 == 0 { Rgb([0, 0, 0]) } else { Rgb([200, 200, 200]) });
        assert!(square(&stripes, 8)[24..].iter().all(|value| value.abs_diff(100) < 15), "{:?}", square(&stripes, 8));
        let ramp = RgbImage::from_fn(8, 8, |x, y| Rgb([(x * 30) as u8, (y * 30) as u8, 0]));
        let larger = square(&ramp, 16);
        let rows: Vec<u8> = larger.chunks(3).take(16).map(|pixel| pixel[0]).collect();
        assert!(rows.is_sorted() && rows[0] == 0 && rows[15] == 210, "{rows:?}");
    }
}
