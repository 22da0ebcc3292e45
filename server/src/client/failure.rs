//! Why a command ended without having done what was asked: a sentence for people, a code for programs, an exit code for
//! scripts.

use std::{collections::BTreeMap, io, path::Path};

use domain::ApiError;
use serde::{Deserialize, Serialize};

use super::{exit::Exit, terminal, visible};

/// A refusal by the server, or by this side.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    sentence: String,
    code: String,
    /// Name to reason.
    pub fields: BTreeMap<String, String>,
    request_id: Option<String>,
}

/// The server's shape of a failure. Its code may be one that this version does not know.
#[derive(Deserialize)]
struct Told {
    error: String,
    code: String,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    request_id: Option<String>,
}

#[derive(Serialize)]
struct Document<'a> {
    ok: bool,
    error: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Failure {
    fn new(exit: Exit, code: &str, sentence: impl Into<String>) -> Self {
        let (sentence, code) = (sentence.into(), code.to_owned());
        Self { exit, sentence, code, fields: BTreeMap::new(), request_id: None }
    }

    /// It cannot be done, whoever is to blame.
    pub fn refused(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Refused, "refused", sentence)
    }

    /// The command was called in a way that makes no sense.
    pub fn usage(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Usage, "usage", sentence)
    }

    pub fn not_signed_in(sentence: impl Into<String>) -> Self {
        Self::new(Exit::NotSignedIn, "unauthenticated", sentence)
    }

    pub fn unreachable(sentence: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, "offline", sentence)
    }

    /// Somebody pressed Ctrl-C, who needs no words.
    pub fn interrupted() -> Self {
        Self::silent(Exit::Interrupted)
    }

    /// An end of which nothing is said.
    pub fn silent(exit: Exit) -> Self {
        Self::new(exit, "", "")
    }

    /// A file of this machine. `what` is "read", "write", ...
    pub fn file(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::refused(format!("Could not {what} {}: {error}.", path.display()))
    }

    /// Of an answer with that status.
    pub fn told(status: u16, body: &[u8], url: &str) -> Self {
        let exit = match status {
            401 => Exit::NotSignedIn,
            502..=504 => Exit::Unreachable,
            _ => Exit::Refused,
        };
        match serde_json::from_slice::<Told>(body) {
            Ok(Told { error, code, fields, request_id }) => {
                Self { exit, sentence: error, code, fields, request_id: request_id.filter(|_| status >= 500) }
            }
            Err(_) => Self::new(
                exit,
                "not_athanor",
                format!("{url} answered with status {status}, not as Athanor does. Is this the server's address?"),
            ),
        }
    }

    /// On standard error: for people, or as one JSON document.
    pub fn print(&self, as_json: bool) {
        if self.sentence.is_empty() {
            return;
        }
        if as_json {
            let document = Document {
                ok: false,
                error: &self.sentence,
                code: &self.code,
                fields: &self.fields,
                request_id: self.request_id.as_deref(),
            };
            terminal::complain(&visible::json(&document));
            return;
        }
        let name = terminal::coloured_error("athanor:");
        terminal::complain(&format!("{name} {}", visible::visible(&self.sentence)));
        for (field, why) in &self.fields {
            // The sentence is often made of the fields.
            if !self.sentence.contains(why.as_str()) {
                terminal::complain(&format!("  {}: {}", visible::visible(field), visible::visible(why)));
            }
        }
        if let Some(id) = &self.request_id {
            terminal::complain(&format!("  The server's log has more under the request id {}.", visible::visible(id)));
        }
    }

    /// With another sentence, and everything else as it was.
    #[must_use]
    pub fn saying(mut self, sentence: String) -> Self {
        self.sentence = sentence;
        self
    }

    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// The code for programs.
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        let ApiError { code, message, fields, .. } = error;
        Self { fields, ..Self::new(Exit::Refused, code.as_str(), message) }
    }
}

impl From<dataset::Error> for Failure {
    fn from(error: dataset::Error) -> Self {
        match error {
            dataset::Error::Invalid(_) => error.refusal().into(),
            dataset::Error::Io(_) => Self::refused(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Exit, Failure};

    #[test]
    fn an_answer_says_which_exit_code_it_is() {
        let body = br#"{"ok":false,"error":"lr: Is wrong.","code":"of_the_future","fields":{"lr":"Is wrong."},"request_id":"7"}"#;
        let told = Failure::told(422, body, "http://a");
        assert_eq!((told.exit, told.sentence(), told.code()), (Exit::Refused, "lr: Is wrong.", "of_the_future"));
        assert_eq!((told.fields["lr"].as_str(), told.request_id), ("Is wrong.", None));
        assert_eq!(Failure::told(401, body, "http://a").exit, Exit::NotSignedIn);
        assert_eq!(Failure::told(503, body, "http://a").request_id.as_deref(), Some("7"));
        let other = Failure::told(502, b"<html>", "http://a");
        assert_eq!(other.exit, Exit::Unreachable);
        assert!(other.sentence().contains("http://a"), "{}", other.sentence());
    }
}
