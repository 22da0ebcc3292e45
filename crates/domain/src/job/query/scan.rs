//! The first half of reading a query: characters become terms, each with its place. What the words mean is not known here.
//! Every character is looked at once.

use super::{QueryError, operator::Operator};

const MAX_CHARACTERS: usize = 2_000;
const MAX_TERMS: usize = 50;

/// A term as it was written.
#[derive(Debug)]
pub(super) struct Written {
    /// There was a `-` before it.
    pub not: bool,
    pub body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    /// A word or a text in quotation marks.
    Word(String),
    Field(Comparison),
}

/// `field operator value`, where the value may be missing.
#[derive(Debug)]
pub(super) struct Comparison {
    pub field: String,
    pub operator: Operator,
    /// Where the operator is.
    pub at: usize,
    pub values: Vec<Value>,
}

#[derive(Debug)]
pub(super) struct Value {
    pub at: usize,
    pub text: String,
    pub quoted: bool,
}

/// The terms of a query.
///
/// # Errors
/// It is too long, has a control character, or what is written is no term.
pub(super) fn terms(text: &str) -> Result<Vec<Written>, QueryError> {
    // One more than there may be, so that a huge text is not copied to be refused.
    let letters: Vec<char> = text.chars().take(MAX_CHARACTERS + 1).collect();
    if letters.len() > MAX_CHARACTERS {
        return Err(error(MAX_CHARACTERS, "A query has at most 2,000 characters."));
    }
    // Databases refuse some of them.
    if let Some(at) = letters.iter().position(|letter| letter.is_control() && !letter.is_whitespace()) {
        return Err(error(at, "There is a control character here."));
    }
    let mut scanner = Scanner { letters: &letters, at: 0 };
    let mut terms = Vec::new();
    loop {
        scanner.skip_space();
        if scanner.peek().is_none() {
            return Ok(terms);
        }
        if terms.len() == MAX_TERMS {
            return Err(error(scanner.at, format!("A query has at most {MAX_TERMS} terms.")));
        }
        terms.push(scanner.term()?);
    }
}

fn error(at: usize, message: impl Into<String>) -> QueryError {
    QueryError { at, message: message.into() }
}

struct Scanner<'a> {
    letters: &'a [char],
    at: usize,
}

impl Scanner<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn operator(&self) -> Option<(Operator, usize)> {
        Operator::at_start(self.letters.get(self.at..)?)
    }

    fn skip_space(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn term(&mut self) -> Result<Written, QueryError> {
        let not = self.peek() == Some('-');
        self.at += usize::from(not);
        if self.peek().is_none_or(char::is_whitespace) {
            return Err(error(self.at - 1, "\"-\" needs a word or a condition right after it."));
        }
        let at = self.at;
        if self.peek() == Some('"') {
            let text = self.quoted()?;
            self.refuse_letter()?;
            if text.is_empty() {
                return Err(error(at, "There is nothing between these quotation marks."));
            }
            return Ok(Written { not, body: Body::Word(text) });
        }
        let word = self.run(|scanner, _| scanner.operator().is_some());
        self.refuse_quote()?;
        self.skip_space();
        let body = match self.operator() {
            None => Body::Word(word),
            Some((operator, _)) if word.is_empty() => {
                let message = format!("\"{}\" needs the name of a field before it.", operator.symbol());
                return Err(error(self.at, message));
            }
            Some((operator, length)) => {
                let at = self.at;
                self.at += length;
                Body::Field(Comparison { field: word, operator, at, values: self.values()? })
            }
        };
        Ok(Written { not, body })
    }

    /// None at the end of the text; otherwise one, and more after commas.
    fn values(&mut self) -> Result<Vec<Value>, QueryError> {
        let mut values = Vec::new();
        self.skip_space();
        while let Some(first) = self.peek() {
            let (at, quoted) = (self.at, first == '"');
            if let Some((operator, _)) = self.operator() {
                let symbol = operator.symbol();
                return Err(error(at, format!("\"{symbol}\" cannot begin a value; put quotation marks around it.")));
            }
            let text = if quoted { self.quoted()? } else { self.run(|_, letter| letter == ',') };
            if text.is_empty() && !quoted {
                return Err(error(at, "There is no value before this comma."));
            }
            values.push(Value { at, text, quoted });
            if self.peek() != Some(',') {
                self.refuse_letter()?;
                break;
            }
            let comma = self.at;
            self.at += 1;
            self.skip_space();
            if self.peek().is_none() {
                return Err(error(comma, "\",\" needs a value after it."));
            }
        }
        Ok(values)
    }

    /// Characters up to white space, a quotation mark or one that `ends`.
    fn run(&mut self, ends: impl Fn(&Self, char) -> bool) -> String {
        let start = self.at;
        while self.peek().is_some_and(|letter| !letter.is_whitespace() && letter != '"' && !ends(self, letter)) {
            self.at += 1;
        }
        self.letters[start..self.at].iter().collect()
    }

    /// `a"b c"` could mean several things.
    fn refuse_quote(&self) -> Result<(), QueryError> {
        match self.peek() {
            Some('"') => Err(error(self.at, "Put a space before this quotation mark.")),
            _ => Ok(()),
        }
    }

    /// So could `"a b"c`.
    fn refuse_letter(&self) -> Result<(), QueryError> {
        self.refuse_quote()?;
        match self.peek() {
            Some(letter) if !letter.is_whitespace() => {
                Err(error(self.at, "Put a space between the quotation mark and this."))
            }
            _ => Ok(()),
        }
    }

    /// The text between quotation marks, of which the first is next.
    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let mut text = String::new();
        self.at += 1;
        while let Some(letter) = self.peek() {
            self.at += 1;
            match letter {
                '"' => return Ok(text),
                '\\' => match self.peek() {
                    Some(escaped @ ('"' | '\\')) => {
                        self.at += 1;
                        text.push(escaped);
                    }
                    _ => text.push(letter),
                },
                _ => text.push(letter),
            }
        }
        Err(error(start, "This quotation mark is not closed."))
    }
}

#[cfg(test)]
mod tests {
    use super::{Body, Comparison, terms};

    /// `[not] word` or `[not] field operator value|value`.
    fn shown(text: &str) -> Vec<String> {
        let shown = terms(text).unwrap().into_iter().map(|term| {
            let not = if term.not { "not " } else { "" };
            match term.body {
                Body::Word(word) => format!("{not}{word}"),
                Body::Field(Comparison { field, operator, values, .. }) => {
                    let values: Vec<String> = values.into_iter().map(|value| value.text).collect();
                    format!("{not}{field} {} {}", operator.symbol(), values.join("|"))
                }
            }
        });
        shown.collect()
    }

    #[test]
    fn terms_are_told_apart() {
        let cases: &[(&str, &[&str])] = &[
            ("iris wine", &["iris", "wine"]),
            ("-iris \"two words\" -\"three more words\"", &["not iris", "two words", "not three more words"]),
            ("lr<0.01 lr <=0.01 lr> 0.01 lr >= 0.01", &["lr < 0.01", "lr <= 0.01", "lr > 0.01", "lr >= 0.01"]),
            ("a:b a=b a!=b", &["a : b", "a = b", "a != b"]),
            ("-model : linear x", &["not model : linear", "x"]),
            ("a:b,c , d", &["a : b|c", ",", "d"]),
            ("a:b, c d", &["a : b|c", "d"]),
            ("a:\"x, y\",\"z\"", &["a : x, y|z"]),
            (r#""say \"hi\" \\ \n""#, &[r#"say "hi" \ \n"#]),
            ("a<-1 -b", &["a < -1", "not b"]),
            ("created>2026-11-01T10:00", &["created > 2026-11-01T10:00"]),
            ("what! a!b --x it's", &["what!", "a!b", "not -x", "it's"]),
            ("name:a=b", &["name : a=b"]),
            ("a:\"\"", &["a : "]),
            ("a:", &["a : "]),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), *expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_term_is_told_with_its_place() {
        let cases = [
            ("a -", 2, "\"-\" needs a word"),
            ("- a", 0, "\"-\" needs a word"),
            ("<3", 0, "\"<\" needs the name of a field"),
            ("a -!=3", 3, "\"!=\" needs the name of a field"),
            ("\"a b", 0, "not closed"),
            ("name:\"a\\\"", 5, "not closed"),
            ("x \"\"", 2, "nothing between"),
            ("ab\"c\"", 2, "space before"),
            ("a:b\"c\"", 3, "space before"),
            ("a:\"b\"\"c\"", 5, "space before"),
            ("\"a\"b", 3, "space between"),
            ("\"a\":b", 3, "space between"),
            ("\"a\",b", 3, "space between"),
            ("a:b,,c", 4, "no value before this comma"),
            ("a:,c", 2, "no value before this comma"),
            ("a:b,", 3, "needs a value after"),
            ("a:b, <3", 5, "cannot begin a value"),
            ("a==3", 2, "\"=\" cannot begin a value"),
            ("a\u{0}", 1, "control character"),
        ];
        for (text, at, message) in cases {
            let error = terms(text).unwrap_err();
            assert!(error.message.contains(message), "{text}: {error}");
            assert_eq!(error.at, at, "{text}: {error}");
        }
    }

    #[test]
    fn length_has_limits() {
        assert_eq!(terms(&"é".repeat(2_000)).unwrap().len(), 1);
        assert_eq!(terms(&"é".repeat(2_001)).unwrap_err().at, 2_000);
        assert_eq!(terms(&"a ".repeat(50)).unwrap().len(), 50);
        assert_eq!(terms(&"a ".repeat(51)).unwrap_err().at, 100);
    }
}
