//! What stands in a `<textarea>`.

/// As content of the element. Leptos (0.8) writes it into the document as it is, so that a note with `</textarea>` in it would go
/// on as markup; a browser that makes the element itself is given the words.
pub fn content(text: String) -> String {
    if cfg!(feature = "ssr") { text.replace('&', "&amp;").replace('<', "&lt;") } else { text }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::content;

    #[test]
    fn nothing_ends_the_element() {
        assert_eq!(content("</textarea><b>&amp;".into()), "&lt;/textarea>&lt;b>&amp;amp;");
    }
}
