//! What a reader has chosen of how pages look, kept in a cookie and not by a script, because the server has to know it for
//! the first paint. Nothing secret, so scripts may write it.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;

const YEAR_SECONDS: u32 = 365 * 24 * 60 * 60;

/// What a `Cookie` header says of one.
#[cfg(any(feature = "ssr", test))]
pub fn of_cookies<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// The cookie that remembers it, as a server sets it and as a script does; none forgets it.
pub fn cookie(name: &str, value: Option<&str>, secure: bool) -> String {
    let (value, age) = value.map_or(("", 0), |value| (value, YEAR_SECONDS));
    let secure = if secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; SameSite=Lax; Max-Age={age}{secure}")
}

/// Remembers it in the browser. Where cookies are refused it lasts as long as the page.
pub fn remember(name: &str, value: Option<&str>) {
    let secure = window().location().protocol().is_ok_and(|protocol| protocol == "https:");
    if let Some(document) = document().dyn_ref::<web_sys::HtmlDocument>() {
        let _ = document.set_cookie(&cookie(name, value, secure));
    }
}

#[cfg(test)]
mod tests {
    use super::{cookie, of_cookies};

    #[test]
    fn what_is_set_is_read() {
        let header = "athanor_session=x; athanor_theme=light; y=z";
        assert_eq!(of_cookies(header, "athanor_theme"), Some("light"));
        assert_eq!(of_cookies("not_athanor_theme=dark", "athanor_theme"), None);
        assert_eq!(cookie("a", Some("b"), false), "a=b; Path=/; SameSite=Lax; Max-Age=31536000");
        assert_eq!(cookie("a", None, true), "a=; Path=/; SameSite=Lax; Max-Age=0; Secure");
    }
}
