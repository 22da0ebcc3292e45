//! Images to train on, the same every time: a zip with a folder for each class.

use std::{fs::File, io::Write, path::Path};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::data::Random;

/// Bytes of the header of a BMP.
const HEADER: u32 = 54;

/// Writes noise of `size` x `size` pixels in which a bright row says the class.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, count: usize, size: usize, classes: usize) -> anyhow::Result<()> {
    let mut random = Random::new(3);
    let mut archive = ZipWriter::new(File::create(path)?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for at in 0..count {
        let class = at % classes;
        archive.start_file(format!("c{class}/{at:05}.bmp"), stored)?;
        let pixels = (0..size * size * 3).map(|place| {
            let noise = random.uniform() * 120.0;
            if place / (3 * size) == 2 * class + 4 { noise as u8 + 130 } else { noise as u8 }
        });
        archive.write_all(&bitmap(size as u32, pixels.collect()))?;
    }
    archive.finish()?;
    Ok(())
}

/// A BMP of 24 bits a pixel, whose rows are whole words.
fn bitmap(size: u32, pixels: Vec<u8>) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    let length = HEADER + pixels.len() as u32;
    for field in [length, 0, HEADER, 40, size, size, 24 << 16 | 1, 0, pixels.len() as u32, 0, 0, 0, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend(pixels);
    file
}
