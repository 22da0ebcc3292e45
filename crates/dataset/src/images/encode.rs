//! From small squares to the numbers a model looks at: standardised by the mean and deviation of each channel over the
//! training images.

use base64::{
    Engine,
    alphabet::STANDARD,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::Value;

use super::picture::{Picture, decode};
use crate::encode::{Encoder, Input};

/// Base64 with or without the equals signs at its end.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One channel if every training image is grey, otherwise three.
pub(crate) fn learn(name: &str, pictures: &[Picture], train: &[u32]) -> Input {
    let of = |row: &u32| &pictures[*row as usize];
    let grey = train.iter().all(|row| of(row).grey);
    let channels = if grey { 1 } else { 3 };
    let mut sums = [(0_u64, 0_u64); 3];
    let mut pixels = 0_u64;
    for picture in train.iter().map(of) {
        picture.each(channels, |channel, value| {
            let value = u64::from(value);
            sums[channel].0 += value;
            sums[channel].1 += value * value;
        });
        pixels += (picture.pixels.len() / if picture.grey { 1 } else { 3 }) as u64;
    }
    let count = pixels.max(1) as f64;
    let (mut mean, mut std) = (Vec::new(), Vec::new());
    for (sum, squares) in &sums[..channels] {
        let average = *sum as f64 / count;
        mean.push(average);
        let deviation = (*squares as f64 / count - average * average).max(0.0).sqrt();
        std.push(if deviation > 0.0 { deviation } else { 1.0 });
    }
    let size = train.first().map_or(0, |row| of(row).side());
    Input::Image { name: name.to_owned(), size, channels: channels as u32, mean, std }
}

/// A square as numbers: row by row, the channels of a pixel side by side.
pub(crate) fn put(picture: &Picture, mean: &[f64], std: &[f64], cells: &mut [f32]) {
    let channels = mean.len();
    // Of each value that a pixel can have.
    let table: Vec<[f32; 256]> = mean
        .iter()
        .zip(std)
        .map(|(mean, std)| std::array::from_fn(|value| ((value as f64 - mean) / std) as f32))
        .collect();
    let mut cells = cells.iter_mut();
    picture.each(channels, |channel, value| {
        if let Some(cell) = cells.next() {
            *cell = table[channel][usize::from(value)];
        }
    });
}

/// The image that somebody sent with a row; its pixels are taken from those that may still be decoded.
pub(crate) fn sent(value: &Value, size: u32, pixels: &mut u64) -> Result<Picture, String> {
    let text = match value {
        Value::String(text) if !text.trim().is_empty() => text.trim(),
        Value::String(_) | Value::Null => return Err("An image is needed: the bytes of its file in base64.".into()),
        _ => return Err("Is no text. Send the bytes of an image's file in base64.".into()),
    };
    let text = match text.strip_prefix("data:").and_then(|rest| rest.split_once(',')) {
        Some((kind, bytes)) if kind.ends_with(";base64") => bytes,
        Some(_) => return Err("Is a data URL, but not in base64.".into()),
        None => text,
    };
    let letters: Vec<u8> = text.bytes().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let bytes = BASE64.decode(letters).map_err(|error| format!("Is no base64: {error}."))?;
    let enough = || {
        let most = Encoder::MAX_PIXELS / 1_000_000;
        format!(
            "All images of a request together may have {most} million pixels. Send fewer or smaller ones at a time."
        )
    };
    if *pixels == 0 {
        return Err(enough());
    }
    let image = decode(&bytes).map_err(|why| format!("The image {why}"))?;
    *pixels = pixels.saturating_sub(image.pixels());
    Ok(image.square(size))
}

impl Picture {
    /// Pixels of a side.
    fn side(&self) -> u32 {
        (self.pixels.len() / if self.grey { 1 } else { 3 }).isqrt() as u32
    }

    /// Every number of it in so many channels, one pixel after the other.
    fn each(&self, channels: usize, mut tell: impl FnMut(usize, u8)) {
        match (self.grey, channels) {
            (true, channels) => {
                for value in &self.pixels {
                    (0..channels).for_each(|channel| tell(channel, *value));
                }
            }
            (false, 1) => {
                for [red, green, blue] in self.pixels.as_chunks::<3>().0 {
                    // ITU-R BT.601, as everywhere.
                    let weighted = 299 * u32::from(*red) + 587 * u32::from(*green) + 114 * u32::from(*blue);
                    tell(0, ((weighted + 500) / 1_000) as u8);
                }
            }
            (false, _) => {
                for pixel in self.pixels.as_chunks::<3>().0 {
                    pixel.iter().enumerate().for_each(|(channel, value)| tell(channel, *value));
                }
            }
        }
    }
}
