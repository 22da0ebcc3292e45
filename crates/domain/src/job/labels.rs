//! What people say about a job afterwards: tags and a note.

use serde::{Deserialize, Serialize};

use crate::error::FieldErrors;

const MAX_TAGS: usize = 20;
const MAX_TAG: usize = 40;
/// Letters of a note, of a job or an experiment.
pub const MAX_NOTE: usize = 20_000;

/// `PATCH /api/training/{id}`: what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct JobChanges {
    /// One line.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub name: Option<String>,
    /// All tags of the job.
    pub tags: Option<Vec<String>>,
    /// Markdown.
    #[cfg_attr(feature = "openapi", schema(max_length = 20000))]
    pub note: Option<String>,
    /// The experiment that it belongs to; an empty text takes it out.
    pub experiment_id: Option<String>,
}

/// Tags without spaces around them, each once. What cannot be a tag is added to `errors`.
pub fn check_tags(tags: Vec<String>, errors: &mut FieldErrors) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for tag in tags {
        let tag = tag.trim();
        if tag.is_empty() || kept.iter().any(|other| other == tag) {
            continue;
        }
        if kept.len() == MAX_TAGS {
            errors.add("tags", format!("At most {MAX_TAGS} tags."));
            break;
        }
        let short = tag.chars().count() <= MAX_TAG;
        errors.require(short, "tags", format!("\"{tag}\" is longer than {MAX_TAG} letters."));
        let plain = !tag.chars().any(|letter| letter.is_control() || matches!(letter, ',' | '"'));
        errors.require(plain, "tags", format!("{tag:?} has a comma, a quote or a control character."));
        kept.push(tag.to_owned());
    }
    kept
}

/// A name of one line, without spaces around it. What cannot be one is added to `errors`.
pub fn check_name(name: &str, errors: &mut FieldErrors) -> String {
    let name = name.trim();
    errors.require(!name.is_empty(), "name", "Give it a name.");
    errors.require(name.chars().count() <= 200, "name", "Use at most 200 characters.");
    errors.require(!name.chars().any(char::is_control), "name", "Leave out control characters.");
    name.to_owned()
}

/// Adds to `errors` what is wrong with a note.
pub fn check_note(note: &str, errors: &mut FieldErrors) {
    errors.require(note.chars().count() <= MAX_NOTE, "note", format!("Use at most {MAX_NOTE} characters."));
    errors.require(!note.contains('\0'), "note", "Leave out NUL characters.");
}

#[cfg(test)]
mod tests {
    use super::check_tags;
    use crate::error::FieldErrors;

    #[test]
    fn tags_are_trimmed_and_each_is_there_once() {
        let mut errors = FieldErrors::default();
        let tags = [" baseline", "baseline", "", "second try"].map(str::to_owned).to_vec();
        assert_eq!(check_tags(tags, &mut errors), ["baseline", "second try"]);
        assert!(errors.is_empty());
        let kept = check_tags((0..100_000).map(|at| at.to_string()).collect(), &mut errors);
        assert!(kept.len() == 20 && !errors.is_empty(), "a million tags are not compared with each other");
        for wrong in ["a,b", "a\"b", "a\nb", &"x".repeat(41)] {
            let mut errors = FieldErrors::default();
            check_tags(vec![wrong.to_owned()], &mut errors);
            assert!(!errors.is_empty(), "{wrong}");
        }
    }
}
