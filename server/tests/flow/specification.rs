//! The published specification is that of the routes.

use std::{fs, path::Path, process::Command};

#[test]
fn the_committed_specification_is_the_one_that_is_served() {
    let printed = Command::new(env!("CARGO_BIN_EXE_athanor")).arg("openapi").output().unwrap();
    assert!(printed.status.success());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == String::from_utf8(printed.stdout).unwrap(),
        "the API has changed; if you meant it, run `athanor openapi > docs/openapi.json` and commit that"
    );
}
