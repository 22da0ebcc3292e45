//! Files as people have them.

use std::io::Write;

use csv::StringRecord;
use domain::dataset::DatasetFormat;
use flate2::{Compression, write::GzEncoder};

use super::{Input, Rows};
use crate::{Source, preview, profile, validate};

type Cells = Vec<(u64, Vec<String>)>;

fn read(format: DatasetFormat, text: &[u8]) -> Result<(Vec<String>, Cells), String> {
    let mut rows = Rows::from_reader(Input::from_bytes(text.to_vec()), format).map_err(|error| error.to_string())?;
    let (mut row, mut cells) = (StringRecord::new(), Vec::new());
    while let Some(line) = rows.next(&mut row).map_err(|error| error.to_string())? {
        cells.push((line, row.iter().map(str::to_owned).collect()));
    }
    Ok((rows.columns().to_vec(), cells))
}

fn csv(text: &[u8]) -> Result<(Vec<String>, Cells), String> {
    read(DatasetFormat::Csv, text)
}

fn refused(text: &[u8], part: &str) {
    let error = csv(text).unwrap_err();
    assert!(error.contains(part), "{error}");
}

fn file(bytes: &[u8], gzip: bool) -> (tempfile::NamedTempFile, Source) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let source = Source { path: file.path().to_owned(), format: DatasetFormat::Csv, gzip };
    (file, source)
}

#[test]
fn bom_crlf_spaces_and_quoted_line_breaks() {
    let (columns, cells) = csv(b"\xef\xbb\xbfa, b\r\n1,\"x\r\ny\"\r\n 2 ,\"say \"\"hi\"\"\"\r\n").unwrap();
    assert_eq!(columns, ["a", "b"]);
    assert_eq!(cells[0], (2, vec!["1".into(), "x\r\ny".into()]));
    assert_eq!(cells[1], (4, vec!["2".into(), "say \"hi\"".into()]));
    for text in ["a\n\n1\n\n\n2", "a\n\n1\n\n\n2\n", "a\r\n\r\n1\r\n\r\n\r\n2"] {
        let lines: Vec<u64> = csv(text.as_bytes()).unwrap().1.into_iter().map(|(line, _)| line).collect();
        assert_eq!(lines, [3, 6], "{text:?}");
    }
}

#[test]
fn the_delimiter_is_found() {
    for delimiter in [",", ";", "\t", "|"] {
        let text = format!("name{delimiter}size\na, b; c{delimiter}1\nd{delimiter}2\n").replace("a, b; c", "a b");
        assert_eq!(csv(text.as_bytes()).unwrap().0, ["name", "size"], "{delimiter:?}");
    }
    assert_eq!(csv(b"a;b\n1,5;2\n2,5;3\n").unwrap().1[0].1, ["1,5", "2"]);
    assert_eq!(csv(b"only\n1\n2\n").unwrap().0, ["only"]);
    assert_eq!(read(DatasetFormat::Tsv, b"a,b\tc\n1\t2\n").unwrap().0, ["a,b", "c"]);
}

#[test]
fn wrong_headers_are_refused_with_the_column() {
    refused(b"", "empty");
    refused(b"a,,c\n1,2,3\n", "Column 2 has no name");
    refused(b"a,b,a\n1,2,3\n", "Columns 1 and 3 have the same name");
    refused(b"1,2\n3,4\n", "looks like data");
    refused(format!("a,{}\n1,2\n", "x".repeat(1_001)).as_bytes(), "The name of column 2 has more than 1000 letters");
    assert!(csv(format!("a,{}\n1,2\n", "é".repeat(1_000)).as_bytes()).is_ok());
}

#[test]
fn wrong_rows_are_refused_with_the_line() {
    refused(b"a,b\n1,2\n3\n", "Line 3: Has 1 cell, but there are 2 columns");
    refused(b"a,b\n1,2,3\n", "Line 2: Has 3 cells");
    refused(b"a,b\n1,\xff\n", "Line 2: Cell 2 is not UTF-8");
    refused(b"a,b\n1,\0\n", "Line 2: Has a NUL byte");
    refused(b"\x9c,b\rc", "Line 1: Cell 1 is not UTF-8");
    refused(b"\xff\xfea\0,\0b\0", "UTF-16");
    let open_quote = [b"a,b\n1,\"".to_vec(), vec![b'x'; 5 << 20]].concat();
    refused(&open_quote, "quote not closed");
}

#[test]
fn json_lines() {
    let text = b"{\"a\":1,\"b\":\"x\"}\n\n{\"b\":null,\"a\":2.5,\"c\":true}\n";
    let (columns, cells) = read(DatasetFormat::Jsonl, text).unwrap();
    assert_eq!(columns.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
    let at = |name: &str| columns.iter().position(|column| column == name).unwrap();
    assert_eq!((cells[0].0, cells[0].1[at("a")].as_str(), cells[0].1[at("c")].as_str()), (1, "1", ""));
    assert_eq!((cells[1].0, cells[1].1[at("a")].as_str(), cells[1].1[at("c")].as_str()), (3, "2.5", "true"));
    let refused = |text: &[u8]| read(DatasetFormat::Jsonl, text).unwrap_err();
    assert!(refused(b"{\"a\":1}\n{\"a\":[1]}\n").starts_with("Line 2, column a: Has a list"));
    assert!(refused(b"{\"a\":1}\n{oops\n").starts_with("Line 2: Is not JSON"));
    assert!(refused(b"[1]\n").contains("Is not a JSON object"));
    // What is said of a line is short, whatever is on it.
    let unknown = format!("{}{{\"{}\":1}}\n", "{\"a\":1}\n".repeat(1_000), "x".repeat(1 << 20));
    let error = refused(unknown.as_bytes());
    assert!(error.starts_with("Line 1001: Has the key \"xxx") && error.len() < 250, "{}", error.len());
}

#[test]
fn gzip_is_unpacked_and_damage_is_named() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(b"a,b\n1,x\n2,y\n").unwrap();
    let packed = packer.finish().unwrap();
    let (_keep, source) = file(&packed, true);
    assert_eq!(profile(&source).unwrap().rows, 2);
    assert_eq!(preview(&source, 1).unwrap().rows, [["1", "x"]]);
    let (_keep, cut) = file(&packed[..packed.len() - 9], true);
    assert!(profile(&cut).unwrap_err().to_string().contains("damaged"));
}

#[test]
fn a_bomb_stops_at_its_bound() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(b"a\n").unwrap();
    let zeros = b"0\n".repeat(1 << 19);
    for _ in 0..300 {
        packer.write_all(&zeros).unwrap();
    }
    let (_keep, source) = file(&packer.finish().unwrap(), true);
    assert!(profile(&source).unwrap_err().to_string().contains("hundred times"));
}

#[test]
fn validation_tells_everything_that_is_wrong() {
    let (_keep, source) = file(b"a,b\n1\n1,2\n3,4,5\n6,\xff\n7,8\n", false);
    let found = validate(&source).unwrap();
    let lines: Vec<Option<u64>> = found.problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [Some(2), Some(4), Some(5)]);
    assert!(found.profile.is_none());
    let (_keep, sound) = file(b"a,b\n1,2\n", false);
    let found = validate(&sound).unwrap();
    assert!(found.problems.is_empty());
    assert_eq!(found.profile.unwrap().rows, 1);
    let (_keep, empty) = file(b"a,b\n", false);
    assert!(validate(&empty).unwrap().problems[0].message.contains("no rows"));
}

fn json(text: &str) -> Result<(Vec<String>, Cells), String> {
    read(DatasetFormat::Jsonl, text.as_bytes())
}

#[test]
fn keys_are_trimmed_and_keep_their_order() {
    let (columns, cells) = json("{\" b \":1,\"a\\t\":\" x \"}\n{\"a\":\"y\",\"b\":2}\n").unwrap();
    assert_eq!(columns, ["b", "a"]);
    assert_eq!(cells, [(1, vec!["1".to_owned(), "x".into()]), (2, vec!["2".into(), "y".into()])]);
    let twice = json("{\"a\":1}\n{\"a\":1,\" a\":2}\n").unwrap_err();
    assert!(twice.starts_with("Line 2, column a: Is in this object twice"), "{twice}");
    let late = "{\"a\":1}\n".repeat(1_000) + "{\"a\":1,\"b\":2}\n";
    let late = json(&late).unwrap_err();
    assert!(late.starts_with("Line 1001: Has the key \"b\", which is not in the first 1000 lines"), "{late}");
}

#[test]
fn what_is_nested_is_refused_without_being_kept() {
    let deep = format!("{{\"a\":{}1{}}}\n", "[".repeat(100), "]".repeat(100));
    for nested in [format!("{{\"a\":[{}1]}}\n", "1,".repeat(1_900_000)), "{\"a\":{\"b\":1}}\n".to_owned(), deep] {
        let refused = json(&nested).unwrap_err();
        assert!(refused.starts_with("Line 1, column a: Has a list or an object"), "{refused}");
    }
    let bottomless = format!("{{\"a\":{}\n", "[".repeat(1_000_000));
    assert!(json(&bottomless).unwrap_err().starts_with("Line 1: Is not JSON"), "the stack is finite");
    let mut wide = String::from("{");
    (0..10_001).for_each(|key| wide += &format!("\"{key}\":1,"));
    wide += "\"last\":1}\n";
    assert!(json(&wide).unwrap_err().starts_with("Line 1: Is not JSON: it has more than 10000 keys"));
}

#[test]
fn long_lines_are_looked_at_until_there_are_enough_bytes_of_them() {
    let long = format!("{{\"a\":\"{}\"}}\n", "x".repeat(3 << 20));
    let text = long.repeat(4) + "{\"b\":1}\n";
    let refused = json(&text).unwrap_err();
    assert!(refused.starts_with("Line 5: Has the key \"b\", which is not in the first 3 lines"), "{refused}");
    assert_eq!(json(&long.repeat(4)).unwrap().1.len(), 4);
}

#[test]
fn a_number_that_cannot_be_learned_from_is_refused_with_its_place() {
    let (_keep, source) = file(b"x,y\n1e200,1\n-1e200,2\n", false);
    let refused = profile(&source).unwrap_err().to_string();
    assert!(refused.starts_with("Line 2, column x: \"1e200\" is too large"), "{refused}");
    let found = validate(&source).unwrap();
    assert_eq!((found.problems[0].line, found.problems[0].column.as_deref()), (Some(2), Some("x")));
    let (_keep, beyond) = file(b"x,y\n1,1\n2,-1e999\n", false);
    assert!(profile(&beyond).unwrap_err().to_string().starts_with("Line 3, column y: \"-1e999\" is too large"));
    // Digits and letters of a hash may look like a number.
    let (_keep, hashes) = file(b"commit,y\n1234e56,1\n77ab3f0,2\n", false);
    assert_eq!(profile(&hashes).unwrap().columns[0].unique, 2);
}
