//! Images: a zip of folders is learned from, shown and asked; what is broken or hostile is refused.

use std::io::Write;

use serde_json::{Value, json};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::harness::{Server, assert_refused};

const SIDE: usize = 16;

/// A picture of `SIDE` x `SIDE` pixels: bright in the upper half, or in the left one.
fn bitmap(upper: bool, number: usize) -> Vec<u8> {
    let pixels = (0..SIDE * SIDE).flat_map(|at| {
        // A bitmap begins with its lowest row.
        let (x, y) = (at % SIDE, SIDE - 1 - at / SIDE);
        let bright = if upper { y < SIDE / 2 } else { x < SIDE / 2 };
        let noise = (at * 31 + number * 17) % 60;
        [if bright { 190 + noise } else { noise } as u8; 3]
    });
    let pixels: Vec<u8> = pixels.collect();
    let mut file = b"BM".to_vec();
    for number in [54 + pixels.len() as u32, 0, 54, 40, SIDE as u32, SIDE as u32] {
        file.extend(number.to_le_bytes());
    }
    file.extend([1, 0, 24, 0]);
    file.extend([0_u8; 24]);
    file.extend(pixels);
    file
}

pub fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut archive = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub fn halves(count: usize) -> Vec<(String, Vec<u8>)> {
    let name = |at: usize| format!("halves/{}/{at}.bmp", if at.is_multiple_of(2) { "upper" } else { "left" });
    (0..count).map(|at| (name(at), bitmap(at.is_multiple_of(2), at))).collect()
}

#[tokio::test]
async fn a_zip_of_images_is_learned_from_and_asked() {
    let server = Server::start();
    let (ada, bea) = (server.person("ada").await, server.person("bea").await);
    let (status, uploaded) = ada.upload("/api/datasets/upload", "halves.zip", archive(&halves(120))).await;
    assert_eq!(status, 201, "{uploaded}");
    let dataset = &uploaded["dataset"];
    assert_eq!((&dataset["format"], &dataset["rows"]), (&json!("images"), &json!(120)));
    assert_eq!(dataset["suggested_task"], "image_classification");
    let picture = format!("/api/datasets/{}/images/3", dataset["id"].as_str().unwrap());
    assert_eq!(ada.get(&picture).await.0, 200);
    assert_refused(&bea.get(&picture).await, 404, "not_found");

    let model = json!({"kind": "cnn", "image_size": 16, "channels": [4, 8], "hidden": 16, "dropout": 0.0});
    let job = ada.train(json!({"dataset": "halves", "epochs": 6, "model": model, "lr": 0.005})).await;
    let done = ada.wait_for(&job, "COMPLETED").await;
    assert_eq!(done["params"]["features"], json!(["image"]));
    let id = done["model_id"].as_str().unwrap();
    let (_, shown) = ada.get(&format!("/api/models/{id}")).await;
    assert!(shown["model"]["metrics"]["accuracy"].as_f64().unwrap() > 0.9, "{}", shown["model"]["metrics"]);
    assert_eq!(shown["model"]["features"][0]["type"], "image");

    let path = format!("/api/models/{id}/predict");
    let rows = json!({"rows": [{"image": base64(&bitmap(true, 500))}, {"image": base64(&bitmap(false, 501))}]});
    let (status, told) = ada.post(&path, &rows).await;
    assert_eq!(status, 200, "{told}");
    let labels: Vec<&Value> = told["predictions"].as_array().unwrap().iter().map(|it| &it["label"]).collect();
    assert_eq!(labels, ["upper", "left"]);
    for wrong in [json!("no base64!"), json!(base64(b"no image")), json!(null), json!(7)] {
        let refused = ada.post(&path, &json!({"rows": [{"image": wrong}]})).await;
        assert_refused(&refused, 422, "validation_failed");
        assert!(refused.1["fields"]["rows[0].image"].is_string(), "{}", refused.1);
    }
}

#[tokio::test]
async fn archives_that_cannot_be_learned_from_are_refused_in_words() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut broken = halves(12);
    broken[3].1.truncate(60);
    let no_folders = (0..12).map(|at| (format!("{at}.bmp"), bitmap(true, at))).collect::<Vec<_>>();
    let bomb = vec![("upper/0.bmp".to_owned(), vec![0; 64 << 20]), ("left/1.bmp".to_owned(), bitmap(false, 1))];
    for (what, bytes) in [
        ("broken", archive(&broken)),
        ("without folders", archive(&no_folders)),
        ("a bomb", archive(&bomb)),
        ("empty", archive(&[])),
        ("no archive", b"PK\x03\x04 and nothing".to_vec()),
    ] {
        let (status, told) = ada.upload("/api/datasets/upload", "images.zip", bytes).await;
        assert!((400..500).contains(&status), "{what}: {status} {told}");
        assert!(told["error"].as_str().is_some_and(|error| error.len() > 20), "{what}: {told}");
    }
    assert!(ada.get("/api/datasets").await.1["datasets"].as_array().unwrap().iter().all(|it| it["format"] != "images"));
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        (0..4)
            .map(|at| if at <= group.len() { LETTERS[(bits >> (18 - 6 * at) & 63) as usize] } else { b'=' } as char)
            .collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
