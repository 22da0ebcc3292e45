//! One image: decoded within limits, and as the small square that a model looks at.

use std::io::Cursor;

use image::{
    DynamicImage, ImageBuffer, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Luma, Rgb, RgbImage,
};

use super::resize;

/// Pixels of a side.
const MAX_SIDE: u32 = 8_192;
/// Pixels of an image: decoding takes up to sixteen bytes of memory for each.
const MAX_PIXELS: u64 = 32 << 20;
const PIXEL_BYTES: u64 = 16;
const MAX_MEMORY: u64 = MAX_PIXELS * PIXEL_BYTES;
/// What decoding takes whatever the pixels, such as a profile of colours.
const OTHER_BYTES: u64 = 8 << 20;

/// A square of a known size, row by row. A third of the memory if it is grey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    pub(super) grey: bool,
    /// One number a pixel if it is grey, otherwise red, green and blue.
    pub(super) pixels: Box<[u8]>,
}

/// A decoded image, as it is to be looked at: turned upright, on white where it is transparent.
pub(super) struct Decoded(RgbImage);

/// The image in the bytes of a file.
///
/// # Errors
/// What is wrong with it, as the end of a sentence about it.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, String> {
    let cannot = |error: ImageError| format!("cannot be read: {error}.");
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|error| cannot(error.into()))?;
    use ImageFormat::{Bmp, Gif, Jpeg, Png, WebP};
    if !matches!(reader.format(), Some(Png | Jpeg | Gif | WebP | Bmp)) {
        return Err("is not what its name says: only PNG, JPEG, GIF, WebP and BMP are read.".into());
    }
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(cannot)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err("has no pixels.".into());
    }
    if width.max(height) > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        let most = MAX_PIXELS >> 20;
        return Err(format!(
            "has {width} x {height} pixels; at most {MAX_SIDE} a side and {most} million in all are read. Make it smaller."
        ));
    }
    // A GIF has a size, and each picture in it another: what it says first is what was counted, so the rest is held to it.
    limits.max_alloc = Some(u64::from(width) * u64::from(height) * PIXEL_BYTES + OTHER_BYTES);
    decoder.set_limits(limits).map_err(cannot)?;
    let orientation = decoder.orientation().map_err(cannot)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(cannot)?;
    image.apply_orientation(orientation);
    Ok(Decoded(if image.color().has_alpha() { on_white(&image) } else { image.into_rgb8() }))
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let image = image.to_rgba8();
    let (width, height) = image.dimensions();
    let over = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
    };
    let pixels = image.pixels().flat_map(|pixel| {
        let [red, green, blue, alpha] = pixel.0;
        [over(red, alpha), over(green, alpha), over(blue, alpha)]
    });
    ImageBuffer::from_raw(width, height, pixels.collect()).unwrap_or_default()
}

impl Decoded {
    pub(super) fn pixels(&self) -> u64 {
        u64::from(self.0.width()) * u64::from(self.0.height())
    }

    /// Its middle, so many pixels a side.
    pub(super) fn square(&self, size: u32) -> Picture {
        let pixels = resize::square(&self.0, size);
        let grey = pixels.as_chunks::<3>().0.iter().all(|[red, green, blue]| red == green && green == blue);
        let pixels = if grey { pixels.into_iter().step_by(3).collect() } else { pixels.into() };
        Picture { grey, pixels }
    }
}

impl Picture {
    /// A PNG of it, which has so many pixels a side.
    pub(super) fn to_png(&self, size: u32) -> Result<Vec<u8>, String> {
        let pixels = self.pixels.to_vec();
        let image = if self.grey {
            ImageBuffer::<Luma<u8>, _>::from_raw(size, size, pixels).map(DynamicImage::from)
        } else {
            ImageBuffer::<Rgb<u8>, _>::from_raw(size, size, pixels).map(DynamicImage::from)
        };
        let mut png = Cursor::new(Vec::new());
        let written = image.map(|image| image.write_to(&mut png, ImageFormat::Png));
        match written {
            Some(Ok(())) => Ok(png.into_inner()),
            Some(Err(error)) => Err(format!("cannot be drawn: {error}.")),
            None => Err("cannot be drawn.".into()),
        }
    }
}
