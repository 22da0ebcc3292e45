//! Images to train on, the same every time: a zip with a folder for each class.

use std::{fs::File, io::Write, path::Path};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::random::Random;

/// Bytes of the header of a BMP.
const HEADER: u32 = 54;

/// Writes noise of `size` x `size` pixels in which a bright row says the class.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, count: usize, size: usize, classes: usize) -> anyhow::Result<()> {
    let mut random = Random::new(3);
    let mut archive = ZipWriter::new(File::create(path)?);
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for at in 0..count {
        let class = at % classes;
        archive.start_file(format!("c{class}/{at:05}.bmp"), stored)?;
        archive.write_all(&one(&mut random, size, class))?;
    }
    archive.finish()?;
    Ok(())
}

/// The file of one image.
pub fn one(random: &mut Random, size: usize, class: usize) -> Vec<u8> {
    let pixels = (0..size * size * 3).map(|place| {
        let noise = random.below(120) as u8;
        if place / (3 * size) == 2 * class + 4 { noise + 130 } else { noise }
    });
    bitmap(size as u32, pixels.collect())
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
