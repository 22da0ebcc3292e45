//! Pieces put together are what the reader that goes line by line reads, wherever they are cut.

use std::{io::Write, sync::Arc};

use domain::{
    dataset::DatasetFormat,
    job::{JobSpec, Task},
};

use super::{Layout, read_in_pieces};
use crate::{Progress, Source, Table, table::tests::spec};

fn file(text: &[u8]) -> (tempfile::NamedTempFile, Source) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text).unwrap();
    let source = Source { path: file.path().to_owned(), format: DatasetFormat::Csv, gzip: false };
    (file, source)
}

fn read_plain(source: &Source, spec: &JobSpec) -> Option<Table> {
    Table::read_plain(source, spec, &Progress::default()).unwrap()
}

fn both(text: &str, spec: &JobSpec) -> (Table, Option<Table>) {
    let (_keep, source) = file(text.as_bytes());
    (Table::read_line_by_line(&source, spec, &Arc::default()).unwrap(), read_plain(&source, spec))
}

#[test]
fn a_plain_file_is_read_as_line_by_line() {
    let regression = spec(Task::Regression, "y", &["b", "a"]);
    let classes = spec(Task::Multiclass, "y", &["a"]);
    let texts = [
        "a,b,y\n1,2,3\n4,5,6\n",
        "a,b,y\r\n1,2,3\r\n\r\n 4 ,NA,6\r\n7,8,\r\n-1.5e3,?,0.1",
        "\u{feff}a;b;y\n1;+2;3\n\n\n.5;5.;-0\n",
        "a,b,x,y\n1,2,wörter,3\n4,null,,6\n",
        "b\ty\ta\n1\t2\t3.14159265358979\n0.1\t0.2\t123456789012345678901234567890\n",
    ];
    for text in texts {
        let (expected, plain) = both(text, &regression);
        // Missing is NaN, which is nothing's equal.
        assert_eq!(format!("{:?}", plain.unwrap()), format!("{expected:?}"), "{text:?}");
    }
    let (expected, plain) = both("a,y\n1,no\n2, yes\n3,\n4,no\n5,maybe\n", &classes);
    assert_eq!(plain, Some(expected));
}

#[test]
fn what_is_not_plain_is_left_to_the_other_reader() {
    let regression = spec(Task::Regression, "y", &["a"]);
    let texts: [&[u8]; 9] = [
        b"a,y\n1,\"2\"\n",
        b"a,y\n1,2\n3\n",
        b"a,y\n1,2\n3,4,5\n",
        b"a,y\n1,2\nx,4\n",
        b"a,y\n1,2\n3,x\n",
        b"a,y\n1e39,2\n",
        b"a,y\n1,2\r3,4\n",
        b"a,y\n1,\0\n",
        b"a,y,z\n1,2,\xff\n",
    ];
    for text in texts {
        let (_keep, source) = file(text);
        assert!(read_plain(&source, &regression).is_none(), "{}", String::from_utf8_lossy(text));
    }
    let (_keep, packed) = file(b"a,y\n1,2\n");
    let packed = Source { gzip: true, ..packed };
    assert!(read_plain(&packed, &regression).is_none());
}

#[test]
fn it_does_not_matter_where_a_file_is_cut() {
    let mut text = String::from("a,y\n");
    for row in 0..200_u32 {
        text += &format!("{},{}\n", row * row, ["no", "yes", "maybe"][row as usize % 3]);
    }
    let text = text.trim_end();
    let (_keep, source) = file(text.as_bytes());
    let layout = Layout { delimiter: b',', begin: 4, width: 2, target: 1, classes: true, features: vec![0] };
    let whole = read_in_pieces(&source.path, &layout, 1 << 20, 1, &Progress::default()).unwrap();
    assert_eq!((whole.rows, whole.features[0][199], &whole.words[2][..]), (200, 39_601.0, "maybe"));
    for piece in [1, 2, 3, 5, 7, 8, 9, 13, 64, 1_000] {
        for threads in [1, 2, 3] {
            let cut = read_in_pieces(&source.path, &layout, piece, threads, &Progress::default()).unwrap();
            assert_eq!(
                (cut.features, cut.codes, cut.words),
                (whole.features.clone(), whole.codes.clone(), whole.words.clone())
            );
        }
    }
    // A mistake anywhere is seen, and ends all threads.
    for line in [0, 100, 199] {
        let wrong = text.replacen(&format!("\n{},", line * line), "\nx,", 1);
        let (_keep, source) = file(wrong.as_bytes());
        assert!(read_in_pieces(&source.path, &layout, 32, 3, &Progress::default()).is_none());
    }
}
