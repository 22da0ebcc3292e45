//! Files that are larger, or something else, than they seem: RELIABILITY R42, S42 and S43.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use tokio::time::sleep;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::below;
use crate::harness::{Person, SMALL, Server};

fn gzip(pieces: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    pieces.for_each(|piece| packer.write_all(&piece).unwrap());
    packer.finish().unwrap()
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// The head of a bitmap of so many pixels a side, and hardly any of them.
fn bitmap(side: u32) -> Vec<u8> {
    let mut file = b"BM".to_vec();
    for number in [62, 0, 54, 40, side, side] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 24, 0]);
    file.extend([0_u8; 24]);
    file.extend([200; 8]);
    file
}

/// A GIF that says it has 65,535 pixels a side.
const GIF: &[u8] = b"GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x84\x51\x00;";

/// An archive in which every entry says that it becomes so many bytes.
fn lying(mut archive: Vec<u8>, bytes: u32) -> Vec<u8> {
    // What begins an entry, and its line in the list at the end; and where each has the size.
    for (begin, size) in [(b"PK\x03\x04", 22), (b"PK\x01\x02", 24)] {
        for at in 0..archive.len() - size - 4 {
            if archive[at..].starts_with(begin) {
                archive[at + size..at + size + 4].copy_from_slice(&bytes.to_le_bytes());
            }
        }
    }
    archive
}

/// Refused with a sentence by both endpoints, and the server has nothing of it afterwards.
async fn refused(server: &Server, person: &Person, what: &str, name: &str, bytes: Vec<u8>) -> String {
    let (status, told) = person.upload("/api/datasets/upload", name, bytes.clone()).await;
    assert!((400..500).contains(&status), "{what}: {status} {told}");
    let (checked, found) = person.upload("/api/datasets/validate", name, bytes).await;
    assert!(found["valid"] == Value::Bool(false) || (400..500).contains(&checked), "{what}: {checked} {found}");
    let deadline = Instant::now() + Duration::from_secs(10);
    while !below(&server.data().join("uploads")).is_empty() {
        assert!(Instant::now() < deadline, "{what} is still there");
        sleep(Duration::from_millis(10)).await;
    }
    let why = told["error"].as_str().unwrap_or_default().to_owned();
    assert!(why.len() > 20 && told.to_string().len() < 10_000, "{what}: {why}");
    told.to_string()
}

#[tokio::test]
async fn what_unpacks_to_a_disk_full_is_refused_while_it_unpacks() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let before = memory(&server);
    let row = || b"1,2\n".repeat(1 << 18);
    // H2O CVE-2024-7765. 300 MB of rows in 300 kB, and of one line.
    let rows = gzip(std::iter::once(b"x,y\n".to_vec()).chain((0..300).map(|_| row())));
    assert!(rows.len() < 2_000_000);
    let why = refused(&server, &ada, "rows", "bomb.csv.gz", rows).await;
    assert!(why.contains("a hundred times its size"), "{why}");
    let line = gzip(std::iter::once(b"x,y\n1,".to_vec()).chain((0..64).map(|_| vec![b'0'; 1 << 20])));
    refused(&server, &ada, "one line", "bomb.csv.gz", line).await;
    // An archive in an archive is no table.
    let twice = gzip(std::iter::once(gzip(std::iter::once(SMALL.into()))));
    refused(&server, &ada, "twice", "twice.csv.gz", twice).await;
    let mut cut = gzip(std::iter::once(SMALL.into()));
    cut.truncate(cut.len() - 9);
    refused(&server, &ada, "cut", "cut.csv.gz", cut).await;
    let mut endless = vec![0x1f, 0x8b, 8, 0x1c, 0, 0, 0, 0, 0, 3, 0xff, 0xff];
    endless.resize(200_000, b'x');
    refused(&server, &ada, "a head without end", "head.csv.gz", endless).await;
    if let (Some(before), Some(after)) = (before, memory(&server)) {
        assert!(after < before + 300, "{before} MB became {after} MB");
    }
    assert_eq!(ada.upload("/api/datasets/upload", "small.csv", SMALL).await.0, 201);
}

/// The most memory that the server ever had, in MB, where the system tells.
fn memory(server: &Server) -> Option<u64> {
    let said = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).ok()?;
    let line = said.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024)
}

#[tokio::test]
async fn archives_of_images_lead_nowhere_and_grow_to_nothing() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (before, least) = (below(&server.data()), memory(&server));
    let image = bitmap(1);
    let with = |name: &str, bytes: &[u8]| zip(&[("a/1.bmp", &image), ("b/2.bmp", &image), (name, bytes)]);
    // Zip slip: ClearML CVE-2024-24591.
    for name in ["../../x.bmp", "/etc/x.bmp", "..\\..\\x.bmp", "C:\\x.bmp", "a/../../x.bmp"] {
        let why = refused(&server, &ada, name, "slip.zip", with(name, &image)).await;
        assert!(why.contains("leads out of the archive"), "{name}: {why}");
    }
    // Links are never followed: what is in such an entry is an address, which is no image.
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.add_symlink("a/1.png", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    archive.add_symlink("b", "../..", SimpleFileOptions::default()).unwrap();
    archive.start_file("b/2.bmp", SimpleFileOptions::default()).unwrap();
    archive.write_all(&image).unwrap();
    let linked = archive.finish().unwrap().into_inner();
    let why = refused(&server, &ada, "links", "links.zip", linked).await;
    assert!(!why.contains("root:"), "{why}");
    // Pixels that are announced, and not there: they are counted before anything is made of them.
    for (what, name, bytes) in [("a bitmap", "b/3.bmp", bitmap(60_000)), ("a GIF", "b/3.gif", GIF.to_vec())] {
        let why = refused(&server, &ada, what, "pixels.zip", with(name, &bytes)).await;
        assert!(why.contains("3.") && why.contains("exceeds limit"), "{what}: {why}");
    }
    if let (Some(least), Some(most)) = (least, memory(&server)) {
        assert!(most < least + 300, "{least} MB became {most} MB");
    }
    // What says that it becomes much: one entry, and six together.
    let large = lying(with("b/3.bmp", &image), 65 << 20);
    let why = refused(&server, &ada, "a large entry", "bomb.zip", large).await;
    assert!(why.contains("would be unpacked to too much"), "{why}");
    let names: Vec<String> = (0..6).map(|at| format!("b/{at}.bmp")).collect();
    let six: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), &image[..])).collect();
    let why = refused(&server, &ada, "many entries", "bomb.zip", lying(zip(&six), 50 << 20)).await;
    assert!(why.contains("would be unpacked to too much"), "{why}");
    // And what says that it becomes little, and does not.
    let why = refused(&server, &ada, "a lie", "lie.zip", lying(with("b/3.bmp", &vec![200; 100_000]), 100)).await;
    assert!(why.contains("larger than the archive says") || why.contains("damaged"), "{why}");
    refused(&server, &ada, "an archive in an archive", "nested.zip", with("b/3.png", &with("c/4.bmp", &image))).await;
    // Two entries of one name, of which other readers see the one or the other.
    let mut twice = with("b/3.bmp", &image);
    let places: Vec<usize> = (0..twice.len() - 7).filter(|at| twice[*at..*at + 7] == *b"b/3.bmp").collect();
    for at in &places {
        twice[*at + 2] = b'2';
    }
    let (status, told) = ada.upload("/api/datasets/upload", "twice.zip", twice).await;
    assert!(status == 201 || (400..500).contains(&status), "{status} {told}");
    if status == 201 {
        assert_eq!(told["dataset"]["rows"], 2, "one of a name: {told}");
    }
    let left: Vec<_> = below(&server.data()).difference(&before).cloned().collect();
    assert!(
        left.iter().all(|path| path.starts_with("datasets") || path.to_string_lossy().contains("athanor.db")),
        "{left:?}"
    );
}

#[tokio::test]
async fn tables_that_are_made_to_be_read_for_ever_are_not() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let long = "x".repeat(5 << 20);
    let deep = format!("{{\"a\":{}1{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let objects = format!("{}1{}\n", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let keys: String = (0..20_000).map(|at| format!("\"k{at}\":1,")).collect();
    let columns: String = (0..20_000).map(|at| format!("c{at},")).collect();
    for (what, name, text) in [
        ("a line of five megabytes", "x.csv", format!("a,b\n1,{long}\n")),
        ("a quote that is not closed", "x.csv", format!("a,b\n1,\"{long}\n")),
        ("a name of five megabytes", "x.csv", format!("a,{}\n1,2\n", &long[..1 << 20])),
        ("a key of a megabyte", "x.jsonl", format!("{{\"{}\":1}}\n", &long[..1 << 20])),
        ("NUL", "x.csv", "a,b\n1,\0\n".to_owned()),
        ("lists in lists", "x.jsonl", deep),
        ("objects in objects", "x.jsonl", objects),
        ("too many keys", "x.jsonl", format!("{{{keys}\"y\":1}}\n")),
        ("too many columns", "x.csv", format!("{columns}y\n{}1\n", "1,".repeat(20_000))),
        ("numbers beyond all bounds", "x.jsonl", "{\"a\":1e400}\n".repeat(20)),
    ] {
        refused(&server, &ada, what, name, text.into_bytes()).await;
    }
}
