//! Archives as people and attackers pack them.

use std::io::{Cursor, Write};

use domain::{
    dataset::DatasetFormat,
    error::FieldErrors,
    job::{CnnSpec, JobSpec, ModelSpec, Task},
    model::Row,
};
use image::{DynamicImage, GrayImage, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use tempfile::NamedTempFile;
use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use crate::{Encoder, Error, Source, Table, preview, profile, split, table::tests::spec, thumbnail, validate};

/// The size of a file, which its archive may be made to lie about.
const HONEST: u32 = 100_003;

/// A file that is gone when it is dropped, and what to read it as.
pub(crate) fn packed(files: &[(&str, Vec<u8>)]) -> (NamedTempFile, Source) {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for (name, bytes) in files {
        archive.start_file(*name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    on_disk(&archive.finish().unwrap().into_inner())
}

fn on_disk(bytes: &[u8]) -> (NamedTempFile, Source) {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let source = Source { path: file.path().to_owned(), format: DatasetFormat::Images, gzip: false };
    (file, source)
}

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A plain colour.
pub(crate) fn plain(width: u32, height: u32, colour: [u8; 3]) -> Vec<u8> {
    file(RgbImage::from_pixel(width, height, Rgb(colour)), ImageFormat::Png)
}

fn grey(value: u8) -> Vec<u8> {
    file(GrayImage::from_pixel(9, 9, Luma([value])), ImageFormat::Png)
}

fn job(image_size: u32) -> JobSpec {
    let model = ModelSpec::Cnn(CnnSpec { image_size, ..CnnSpec::default() });
    JobSpec { model, ..spec(Task::ImageClassification, "label", &["image"]) }
}

fn refused(files: &[(&str, Vec<u8>)]) -> String {
    let (_file, source) = packed(files);
    let (profiled, checked) = (profile(&source).unwrap_err().to_string(), validate(&source).unwrap());
    assert!(checked.profile.is_none());
    assert_eq!(checked.problems[0].message, profiled);
    profiled
}

#[test]
fn folders_are_classes_and_what_is_no_image_is_counted() {
    let image = || plain(10, 8, [200, 10, 10]);
    let (_file, source) = packed(&[
        ("pets/cat/1.png", image()),
        ("pets/cat/2.PNG", image()),
        ("pets/dog/1.png", image()),
        ("pets/dog/notes.txt", b"hello".to_vec()),
        ("__MACOSX/pets/dog/._1.png", b"".to_vec()),
        ("pets/.DS_Store", b"x".to_vec()),
    ]);
    let found = profile(&source).unwrap();
    assert_eq!((found.rows, found.columns.len()), (3, 2));
    assert_eq!(
        (found.suggested_target.as_deref(), found.suggested_task),
        (Some("label"), Some(Task::ImageClassification))
    );
    let counts: Vec<(&str, u64)> = found.columns[1].top.iter().map(|top| (top.value.as_str(), top.count)).collect();
    assert_eq!((counts, found.columns[1].rarest), (vec![("cat", 2), ("dog", 1)], Some(1)));
    let warnings: Vec<&str> = found.warnings.iter().map(|warning| warning.message.as_str()).collect();
    assert!(warnings[0].starts_with("1 file left out") && warnings[0].contains("pets/dog/notes.txt"), "{warnings:?}");
    assert!(warnings[1].starts_with("2 files left out") && warnings[2].contains("smallest class"), "{warnings:?}");
    assert_eq!(validate(&source).unwrap().profile, Some(found));
    let shown = preview(&source, 2).unwrap();
    assert_eq!(
        (shown.columns, shown.rows[1].clone()),
        (vec!["image".into(), "label".into()], vec!["cat/2.PNG".into(), "cat".into()])
    );
    let drawn = image::load_from_memory(&thumbnail(&source, 2, 16).unwrap().unwrap()).unwrap().into_rgb8();
    assert_eq!((drawn.dimensions(), drawn.get_pixel(3, 3).0), ((16, 16), [200, 10, 10]));
    assert_eq!(thumbnail(&source, 3, 16).unwrap(), None);
}

#[test]
fn every_usual_format_is_read_and_transparent_is_white() {
    let image = RgbImage::from_pixel(12, 12, Rgb([250, 250, 250]));
    let clear = RgbaImage::from_pixel(12, 12, Rgba([0, 0, 0, 0]));
    let (_file, source) = packed(&[
        ("a/1.jpg", file(image.clone(), ImageFormat::Jpeg)),
        ("a/2.gif", file(image.clone(), ImageFormat::Gif)),
        ("a/3.webp", file(image.clone(), ImageFormat::WebP)),
        ("b/4.bmp", file(image, ImageFormat::Bmp)),
        ("b/5.png", file(clear, ImageFormat::Png)),
    ]);
    assert_eq!(profile(&source).unwrap().rows, 5);
    for row in 0..5 {
        let drawn = image::load_from_memory(&thumbnail(&source, row, 8).unwrap().unwrap()).unwrap().into_luma8();
        assert!(drawn.pixels().all(|pixel| pixel.0[0] > 240), "{row}");
    }
}

#[test]
fn names_that_lead_out_of_the_archive_are_refused() {
    let image = || plain(8, 8, [1, 2, 3]);
    for name in ["../cat/1.png", "cat/../../1.png", "/etc/1.png", "C:\\cat\\1.png", "..\\cat\\1.png"] {
        let why = refused(&[("cat/1.png", image()), (name, image())]);
        assert!(why.contains("leads out of the archive"), "{name}: {why}");
    }
    assert!(refused(&[("1.png", image())]).contains("The image \"1.png\" is in no folder"));
    assert!(refused(&[("a/b/1.png", image()), ("c/2.png", image())]).contains("folder within a folder"));
    assert!(refused(&[("cat/notes.txt", b"x".to_vec())]).contains("has no images"));
    assert!(refused(&[]).contains("has no images"));
}

#[test]
fn images_that_cannot_be_read_are_named() {
    let whole = plain(40, 40, [9, 9, 200]);
    let half = whole[..whole.len() / 2].to_vec();
    let wrong = [
        ("cat/whole.png", whole.clone()),
        ("cat/half.png", half),
        ("cat/text.png", b"this is no image".to_vec()),
        ("dog/empty.png", Vec::new()),
    ];
    assert!(refused(&wrong).starts_with("The image \"cat/half.png\" cannot be read"), "{}", refused(&wrong));
    let (_file, source) = packed(&wrong);
    let problems = validate(&source).unwrap().problems;
    assert_eq!(problems.len(), 3);
    assert!(problems[1].message.contains("\"cat/text.png\" is not what its name says"), "{problems:?}");
    let mut bytes = std::fs::read(&source.path).unwrap();
    // In the packed bytes of the first image, past its header and name.
    bytes[80] ^= 0x55;
    let (_file, source) = on_disk(&bytes);
    assert!(profile(&source).unwrap_err().to_string().starts_with("The image \"cat/whole.png\""));
    let (_file, source) = on_disk(&bytes[..bytes.len() - 30]);
    assert!(matches!(profile(&source), Err(Error::Invalid(_))), "without its list of entries");
    let (_file, source) = on_disk(b"PK\x03\x04 but nothing else");
    assert!(matches!(profile(&source), Err(Error::Invalid(_))));
}

#[test]
fn what_is_made_to_fill_a_machine_is_not_unpacked() {
    let told = |files: &[&str], size: u32| {
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|name| (*name, vec![0; HONEST as usize])).collect();
        let (_file, source) = packed(&files);
        let mut bytes = std::fs::read(&source.path).unwrap();
        let honest = HONEST.to_le_bytes();
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..at + 4] == honest).collect();
        for at in places {
            bytes[at..at + 4].copy_from_slice(&size.to_le_bytes());
        }
        let (_file, source) = on_disk(&bytes);
        profile(&source).unwrap_err().to_string()
    };
    assert!(told(&["cat/1.png"], 65 << 20).contains("unpacked to too much"));
    let six = ["cat/0.png", "cat/1.png", "cat/2.png", "cat/3.png", "cat/4.png", "cat/5.png"];
    assert!(told(&six, 50 << 20).contains("\"cat/5.png\" would be unpacked to too much"), "300 MB from a few kB");
    // Less than what comes.
    let why = told(&["cat/1.png"], 10);
    assert!(why.contains("larger than the archive says") || why.contains("damaged"), "{why}");
}

#[test]
fn an_image_that_says_it_is_huge_is_not_decoded() {
    // A PNG whose header asks for 30,000 x 30,000 pixels.
    let mut png = plain(8, 8, [0, 0, 0]);
    let side = 30_000_u32.to_be_bytes();
    png[16..20].copy_from_slice(&side);
    png[20..24].copy_from_slice(&side);
    let sum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&sum.to_be_bytes());
    let why = refused(&[("cat/1.png", png)]);
    // That it cannot be read would be true of what is decoded until it breaks off, too.
    assert!(why.contains("30000 x 30000") || why.contains("exceeds limit"), "{why}");
}

/// Of a chunk of a PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { sum >> 1 ^ 0xedb8_8320 } else { sum >> 1 })
    })
}

#[test]
fn a_model_is_given_one_channel_of_grey_images_and_three_of_others() {
    let files: Vec<(String, Vec<u8>)> =
        (0..12).map(|at| (format!("{}/{at}.png", 10 - at % 2 * 8), grey(at as u8 * 20))).collect();
    let mut files: Vec<(&str, Vec<u8>)> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    let (_file, source) = packed(&files);
    let table = Table::read(&source, &job(8)).unwrap();
    let parts = split(&table, &job(8)).unwrap();
    let encoder = Encoder::fit(&table, &parts.train, &job(8)).unwrap();
    assert_eq!((encoder.width(), encoder.classes()), (64, &["2".to_owned(), "10".to_owned()][..]));
    assert_eq!(encoder.shape(), domain::job::InputShape::Pixels { size: 8, channels: 1 });
    let encoded = encoder.encode(&table, &parts.train);
    let mean = encoded.x.iter().sum::<f32>() / encoded.x.len() as f32;
    let squares = encoded.x.iter().map(|x| x * x).sum::<f32>() / encoded.x.len() as f32;
    assert!(mean.abs() < 1e-5 && (squares - 1.0).abs() < 1e-4, "{mean} {squares}");
    files.push(("2/colour.png", plain(9, 9, [255, 0, 0])));
    let (_file, source) = packed(&files);
    let table = Table::read(&source, &job(8)).unwrap();
    let grey = Encoder::fit(&table, &(0..12).collect::<Vec<_>>(), &job(8)).unwrap();
    assert_eq!((grey.width(), grey.encode(&table, &[12]).x.len()), (64, 64), "what is judged may be in colour");
    let colour = Encoder::fit(&table, &(0..13).collect::<Vec<_>>(), &job(8)).unwrap();
    assert_eq!(colour.width(), 192);
    let again = Encoder::from_json(&serde_json::to_string(&colour).unwrap()).unwrap();
    assert_eq!(again, colour);
}

#[test]
fn an_image_that_is_sent_is_encoded_as_in_training() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let image = file(RgbImage::from_fn(20, 13, |x, y| Rgb([x as u8 * 9, y as u8 * 11, 70])), ImageFormat::Png);
    let files = [("a/1.png", image.clone()), ("b/2.png", plain(9, 9, [4, 3, 2])), ("b/3.png", plain(9, 9, [40, 3, 2]))];
    let (_file, source) = packed(&files);
    let table = Table::read(&source, &job(8)).unwrap();
    let encoder = Encoder::fit(&table, &[0, 1, 2], &job(8)).unwrap();
    let trained = encoder.encode(&table, &[0]).x;
    let text = STANDARD.encode(&image);
    let sent = |value: serde_json::Value| {
        let row = serde_json::from_value(serde_json::json!({ "image": value })).unwrap();
        let mut errors = FieldErrors::default();
        let x = encoder.encode_rows(&[row], &|_| "rows[4]".into(), &mut 1, &mut errors);
        errors.into_result().map(|()| x).map_err(|error| error.fields["rows[4].image"].clone())
    };
    // Twenty by thirteen pixels are enough for the first of two.
    let rows: Vec<Row> = serde_json::from_value(serde_json::json!([{"image": &text}, {"image": &text}])).unwrap();
    let (mut pixels, mut errors) = (260, FieldErrors::default());
    encoder.encode_rows(&rows, &|at| format!("rows[{at}]"), &mut pixels, &mut errors);
    let why = &errors.into_result().unwrap_err().fields["rows[1].image"];
    assert!(pixels == 0 && why.starts_with("All images of a request together"), "{why}");
    let bare = text.trim_end_matches('=');
    let folded = text.as_bytes().chunks(60).map(|line| String::from_utf8_lossy(line) + "\n").collect::<String>();
    for same in [text.clone(), bare.to_owned(), folded, format!("data:image/png;base64,{text}")] {
        assert_eq!(sent(same.into()).as_ref(), Ok(&trained));
    }
    for (wrong, why) in [
        (serde_json::Value::Null, "An image is needed"),
        (7.into(), "no text"),
        ("!".into(), "no base64"),
        (STANDARD.encode("text").into(), "is not what its name says"),
        (STANDARD.encode(&image[..90]).into(), "cannot be read"),
        ("data:text/plain,abc".into(), "not in base64"),
    ] {
        assert!(sent(wrong).unwrap_err().contains(why), "{why}");
    }
}

#[test]
fn more_images_than_fit_into_memory_are_refused() {
    assert!(super::check_size(100_000, 32, 3).is_ok());
    let why = super::check_size(100_000, 128, 1).unwrap_err().to_string();
    assert!(why.contains("6553 MB") && why.contains("smaller image size"), "{why}");
    let other = JobSpec { model: ModelSpec::Linear, ..job(8) };
    let (_file, source) = packed(&[("a/1.png", plain(8, 8, [0, 0, 0]))]);
    assert!(Table::read(&source, &other).is_err());
}

#[test]
fn a_way_of_packing_that_is_not_read_is_a_mistake_in_the_file_and_none_of_the_disk() {
    let (_keep, source) = packed(&[("a/1.png", plain(8, 8, [1, 2, 3])), ("b/2.png", plain(8, 8, [3, 2, 1]))]);
    let mut bytes = std::fs::read(&source.path).unwrap();
    // Deflate64, as Windows packs what is large: in the list of entries, and before the bytes of each.
    for (signature, method) in [(b"PK\x01\x02", 10), (b"PK\x03\x04", 8)] {
        let places: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..*at + 4] == *signature).collect();
        assert_eq!(places.len(), 2);
        for at in &places {
            bytes[at + method] = 9;
        }
    }
    let (_keep, source) = on_disk(&bytes);
    let told = profile(&source).unwrap_err();
    assert!(
        matches!(&told, Error::Invalid(problem) if problem.message.contains("packed in a way that is not read")),
        "{told}"
    );
    assert_eq!(validate(&source).unwrap().problems.len(), 2);
}

#[test]
fn a_gif_of_a_few_pixels_is_not_a_picture_of_many_millions() {
    // 115 x 2 pixels, it says; and in it a picture of 7,988 x 14,631.
    let gif = b"GIF89as\x00\x02\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\xd4144\x34\x1f\x27\x39\x00\x01\x00\x00\x00\x01\x00\x00\x01\x03\xff\x00;";
    let begun = std::time::Instant::now();
    let why = refused(&[("a/1.gif", gif.to_vec()), ("b/2.png", plain(8, 8, [1, 2, 3]))]);
    assert!(why.contains("a/1.gif") && why.contains("cannot be read: Memory limit exceeded"), "{why}");
    assert!(begun.elapsed().as_secs() < 5);
    // One that is larger than what is shown of it is read all the same, when it is no larger than pictures are.
    let small = file(RgbImage::from_pixel(300, 200, Rgb([250, 250, 250])), ImageFormat::Gif);
    let mut cut = small.clone();
    cut[6..10].copy_from_slice(&[100, 0, 50, 0]);
    let (_keep, source) = packed(&[("a/1.gif", small), ("b/2.gif", cut)]);
    assert_eq!(profile(&source).unwrap().rows, 2);
}
