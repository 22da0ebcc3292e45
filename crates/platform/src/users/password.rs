//! Passwords: `v1$` + bcrypt(base64(HMAC-SHA-384(pepper, password))).
//!
//! bcrypt ignores what comes after byte 72, so the password is condensed first: all of its bytes count. The pepper is not
//! in the database, so a stolen database alone cannot be guessed at.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha384;

use crate::Error;

const VERSION: &str = "v1$";

/// 64 characters: below the 72 that bcrypt reads, and without NUL.
fn condense(pepper: &[u8], password: &str) -> Result<String, Error> {
    let mut mac = Hmac::<Sha384>::new_from_slice(pepper).map_err(|error| Error::Internal(error.to_string()))?;
    mac.update(password.as_bytes());
    Ok(STANDARD.encode(mac.finalize().into_bytes()))
}

/// Takes about 250 ms at cost 12: never call it on an async thread.
pub(super) fn hash(pepper: &[u8], password: &str, cost: u32) -> Result<String, Error> {
    let hash = bcrypt::hash(condense(pepper, password)?, cost).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(format!("{VERSION}{hash}"))
}

/// Whether `password` gives `hash`.
pub(super) fn verify(pepper: &[u8], password: &str, hash: &str) -> Result<bool, Error> {
    let hash =
        hash.strip_prefix(VERSION).ok_or_else(|| Error::Internal("a password hash of unknown version".into()))?;
    bcrypt::verify(condense(pepper, password)?, hash).map_err(|error| Error::Internal(error.to_string()))
}

/// The cost that a hash was made at: `v1$$2b$12$...`.
pub(super) fn cost(hash: &str) -> Option<u32> {
    hash.strip_prefix(VERSION)?.split('$').nth(2)?.parse().ok()
}

/// A hash that takes as long to check as any and that no password gives.
pub(super) fn impossible(cost: u32) -> String {
    format!("{VERSION}$2b${cost:02}${}", ".".repeat(53))
}

#[cfg(test)]
mod tests {
    use super::{cost, hash, impossible, verify};

    #[test]
    fn every_byte_of_a_long_password_counts() {
        let long = "x".repeat(1023);
        let stored = hash(b"pepper", &format!("{long}a"), 4).unwrap();
        assert!(verify(b"pepper", &format!("{long}a"), &stored).unwrap());
        assert!(!verify(b"pepper", &format!("{long}b"), &stored).unwrap());
        assert_eq!(cost(&stored), Some(4));
        assert!(!verify(b"another", &format!("{long}a"), &stored).unwrap());
    }

    #[test]
    fn the_impossible_hash_is_well_formed() {
        assert!(!verify(b"pepper", "anything", &impossible(4)).unwrap());
    }
}
