//! Makes a table of the translations in `locales/fa.po`, sorted by the key of the English.

#[path = "src/language/key.rs"]
mod key;

use std::{collections::BTreeMap, env, fmt::Write, fs, path::Path};

use polib::po_file::{self, POParseOptions};

use key::key;

const FILE: &str = "locales/fa.po";

fn main() {
    println!("cargo::rerun-if-changed={FILE}");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/language/key.rs");
    if let Err(why) = write() {
        println!("cargo::error={FILE}: {why}");
    }
}

fn write() -> Result<(), String> {
    let options = POParseOptions { message_body_only: false, translated_only: true, ..POParseOptions::default() };
    let catalog = po_file::parse_with_option(Path::new(FILE), &options).map_err(|error| error.to_string())?;
    let (mut texts, mut said) = (BTreeMap::new(), String::new());
    for message in catalog.messages() {
        let (english, persian) = (message.msgid(), message.msgstr().map_err(|error| error.to_string())?);
        if message.msgctxt() == Some("server") && english.contains('{') {
            let _ = write!(said, "({english:?}, {persian:?}), ");
        } else if let Some((other, _)) =
            texts.insert(key(english), (english, persian)).filter(|(other, _)| *other != english)
        {
            return Err(format!("{english:?} and {other:?} have the same key: word one of them differently"));
        }
    }
    let mut table = String::new();
    for (key, (_, persian)) in &texts {
        let _ = write!(table, "({key}, {persian:?}), ");
    }
    let code = format!(
        "pub static TEXTS: &[(u32, &str)] = &[{table}];\n\
         pub static SAID: &[(&str, &str)] = &[{said}];\n"
    );
    let folder = env::var("OUT_DIR").map_err(|error| error.to_string())?;
    fs::write(Path::new(&folder).join("fa.rs"), code).map_err(|error| error.to_string())
}
