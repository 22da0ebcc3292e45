//! The stylesheets in one file: `@import`s inlined in order, comments and needless white space removed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;

/// Reads a stylesheet with everything it imports.
///
/// # Errors
/// When a file is missing, imports itself, or imports in a way that is not understood.
pub(super) fn bundle(path: &Path) -> anyhow::Result<String> {
    let mut stack = Vec::new();
    Ok(minify(&inline(path, &mut stack)?))
}

fn inline(path: &Path, stack: &mut Vec<PathBuf>) -> anyhow::Result<String> {
    anyhow::ensure!(!stack.iter().any(|open| open == path), "{} imports itself", path.display());
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    stack.push(path.to_owned());
    let mut whole = String::new();
    let mut rest = text.as_str();
    while let Some((before, import, after)) = next_import(rest) {
        whole.push_str(before);
        let import = parse(import)
            .with_context(|| format!("{}: write `@import \"file.css\";`, not `@import{import};`", path.display()))?;
        let imported = inline(&path.with_file_name(import.file), stack)?;
        match import.layer {
            Some(layer) => whole.push_str(&format!("@layer {layer} {{\n{imported}\n}}\n")),
            None => whole.push_str(&imported),
        }
        rest = after;
    }
    whole.push_str(rest);
    stack.pop();
    Ok(whole)
}

/// The text before the next `@import`, what stands between it and its semicolon, and the text after.
fn next_import(css: &str) -> Option<(&str, &str, &str)> {
    let mut at = 0;
    while let Some(rest) = css.get(at..) {
        if let Some(after) = rest.strip_prefix("@import") {
            let (import, after) = after.split_once(';')?;
            return Some((&css[..at], import, after));
        }
        at += token(rest)?;
    }
    None
}

struct Import<'a> {
    file: &'a str,
    layer: Option<&'a str>,
}

/// `"file.css"` or `url(file.css)`, with `layer(name)` if need be.
fn parse(import: &str) -> Option<Import<'_>> {
    let import = import.trim();
    let (file, rest) = if let Some(inner) = import.strip_prefix("url(") {
        inner.split_once(')')?
    } else {
        let quote = import.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        import.get(1..)?.split_once(quote)?
    };
    let layer = match rest.trim() {
        "" => None,
        rest => Some(rest.strip_prefix("layer(")?.strip_suffix(')')?),
    };
    Some(Import { file: file.trim_matches(['"', '\'']), layer })
}

/// Length of the token that a text starts with, as far as it matters here: comments, strings and `url(...)` are one.
fn token(css: &str) -> Option<usize> {
    let first = css.chars().next()?;
    let length = match first {
        '/' if css.starts_with("/*") => css.get(2..)?.find("*/").map_or(css.len(), |end| end + 4),
        '"' | '\'' => string(css, first),
        'u' if css.starts_with("url(") => css.find(')').map_or(css.len(), |end| end + 1),
        '\\' => 1 + css.get(1..)?.chars().next().map_or(0, char::len_utf8),
        _ => first.len_utf8(),
    };
    Some(length)
}

fn string(css: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in css.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return at + 1,
            _ => {}
        }
    }
    css.len()
}

/// Nothing clever: white space stays wherever it may mean something, as in `a :hover` or `calc(1px + 2px)`.
fn minify(css: &str) -> String {
    let mut small = String::with_capacity(css.len());
    let mut space = false;
    // An escaped `\;` ends in the same character as the real one, so the text so far does not tell.
    let mut ended = true;
    let mut rest = css;
    while let Some(length) = token(rest) {
        let (token, after) = rest.split_at(length);
        rest = after;
        if token.starts_with("/*") || token.trim().is_empty() {
            space = true;
            continue;
        }
        let closes = matches!(token, "{" | "}" | ";" | ",");
        if token == "}" && small.ends_with(';') {
            small.pop();
        }
        if space && !closes && !ended {
            small.push(' ');
        }
        space = false;
        ended = closes;
        small.push_str(token);
    }
    small
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::{bundle, minify, parse};

    #[test]
    fn white_space_goes_where_it_means_nothing() {
        let css =
            "a ,\n b > c {\n  color : red; /* why */\n  margin: 0 auto;\n}\n\n@media (width > 3px) { p { x: y; } }\n";
        assert_eq!(minify(css), "a,b > c{color : red;margin: 0 auto}@media (width > 3px){p{x: y}}");
    }

    #[test]
    fn white_space_stays_where_it_means_something() {
        assert_eq!(minify("ul :hover { width: calc( 1px + 2px ) }"), "ul :hover{width: calc( 1px + 2px )}");
        assert_eq!(minify("a/* */b{}"), "a b{}");
        assert_eq!(minify(".a\\;  .b {}"), ".a\\; .b{}");
    }

    #[test]
    fn strings_and_addresses_are_left_alone() {
        let css = r#"a{content:"/* no  comment */ \" ;  }";background:url(data:image/svg+xml;a  /*b)}"#;
        assert_eq!(minify(css), css);
        assert_eq!(minify("p::after{content:'é  –'}"), "p::after{content:'é  –'}");
    }

    #[test]
    fn imports_are_understood_or_refused() {
        assert_eq!(parse(" \"a.css\"").unwrap().file, "a.css");
        assert_eq!(parse(" url('a.css') layer(base)").map(|i| (i.file, i.layer)), Some(("a.css", Some("base"))));
        assert!(parse(" \"a.css\" screen").is_none());
    }

    #[test]
    fn imports_are_put_in_their_place() {
        let folder = env::temp_dir().join(format!("athanor-css-{}", process::id()));
        fs::create_dir_all(folder.join("parts")).unwrap();
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).unwrap();
        write(
            "main.css",
            "@layer a, b; /* @import \"x.css\"; */ @import \"parts/one.css\";\n@import 'two.css' layer(b);\np{}",
        );
        write("parts/one.css", "@import \"deep.css\"; one { a: b; }");
        write("parts/deep.css", "deep {}");
        write("two.css", "two {}");
        let main = folder.join("main.css");
        assert_eq!(bundle(&main).unwrap(), "@layer a,b;deep{}one{a: b}@layer b{two{}}p{}");
        write("two.css", "@import \"main.css\";");
        assert!(bundle(&main).unwrap_err().to_string().contains("imports itself"));
        write("two.css", "@import \"gone.css\";");
        assert!(bundle(&main).unwrap_err().to_string().contains("gone.css"));
        fs::remove_dir_all(&folder).unwrap();
    }
}
