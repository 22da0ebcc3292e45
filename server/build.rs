//! With feature `embed-site`: turns the folder named by `ATHANOR_SITE_DIR` into a table of files inside the executable.

use std::{env, error::Error, fmt::Write, fs, path::Path, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-env-changed=ATHANOR_SITE_DIR");
    if env::var_os("CARGO_FEATURE_EMBED_SITE").is_none() {
        return Ok(());
    }
    let folder = env::var_os("ATHANOR_SITE_DIR")
        .ok_or("feature embed-site needs ATHANOR_SITE_DIR; `cargo xtask build` sets it")?;
    let folder = PathBuf::from(folder).canonicalize()?;
    let mut table = String::from("pub static FILES: &[(&str, &[u8])] = &[\n");
    list(&folder, &folder, &mut table)?;
    table.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?);
    fs::write(out.join("site.rs"), table)?;
    Ok(())
}

fn list(root: &Path, folder: &Path, table: &mut String) -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            list(root, &path, table)?;
        } else {
            let below = path.strip_prefix(root)?.to_str().ok_or("a file name of the site is not UTF-8")?;
            let web = format!("/{}", below.replace('\\', "/"));
            let file = path.to_str().ok_or("the site lies in a folder whose name is not UTF-8")?;
            writeln!(table, "    ({web:?}, include_bytes!({file:?})),")?;
        }
    }
    Ok(())
}
