//! How a text is found in the table of translations: `build.rs`, which makes the table, compiles this file too.

/// The number by which the table knows a text: FNV-1a. `build.rs` fails should two texts share one.
pub const fn key(text: &str) -> u32 {
    let (bytes, mut hash, mut at) = (text.as_bytes(), 0x811c_9dc5_u32, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}
