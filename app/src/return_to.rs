//! Where to go after signing in: only ever a path of our own.

/// `next` if it is a path within this site, otherwise `/`. `//evil.example` and `/\evil.example` are other sites to a
/// browser, and so is anything with a control character in it, because browsers drop those.
pub fn safe_path(next: &str) -> &str {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && !next.starts_with("/login")
        && !next.starts_with("/register")
        && !next.starts_with("/reset")
        && !next.starts_with("/api/");
    if own { next } else { "/" }
}

/// Percent-encodes everything that means something in a query string.
pub fn encode_component(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{encode_component, safe_path};

    #[test]
    fn only_paths_of_our_own() {
        assert_eq!(safe_path("/jobs?state=running"), "/jobs?state=running");
        for evil in ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil", ""]
        {
            assert_eq!(safe_path(evil), "/", "{evil:?}");
        }
        assert_eq!(safe_path("/login?next=/login"), "/");
        assert_eq!(safe_path("/reset?link=x"), "/");
    }

    #[test]
    fn a_query_within_a_query() {
        assert_eq!(encode_component("/jobs?a=b&c=é"), "/jobs%3Fa%3Db%26c%3D%C3%A9");
        assert_eq!(encode_component("lr<0.01 tag:é&x=1"), "lr%3C0.01%20tag%3A%C3%A9%26x%3D1");
    }
}
