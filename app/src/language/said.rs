//! Sentences that the server says in English (refusals, remarks, what a trainer reports), in the language of the page. The
//! API speaks one language and has codes for programs; a page translates what it shows, by the template that the
//! sentence was made of. Those templates are in `locales/fa.po` under the context `server`.

use super::{
    Language, key,
    text::{SAID, filled, persian},
};
use crate::components::format;

/// The sentence in the language of the page; as it is, where no template fits.
pub fn said(sentence: &str) -> String {
    match Language::now() {
        Language::English => sentence.to_owned(),
        Language::Persian => in_persian(sentence).unwrap_or_else(|| sentence.to_owned()),
    }
}

/// Parts of a description, each said by itself, with commas between them.
pub fn said_all(parts: &[String]) -> String {
    parts.iter().map(|part| said(part)).collect::<Vec<_>>().join(t!(", "))
}

fn in_persian(sentence: &str) -> Option<String> {
    if let Some(whole) = persian(key(sentence)) {
        return Some(whole.to_owned());
    }
    SAID.iter().find_map(|(english, persian)| {
        let values = values(english, sentence)?;
        let values: Vec<_> = values.into_iter().map(|(name, value)| (name, value_in_persian(name, value))).collect();
        let values: Vec<super::Value> =
            values.iter().map(|(name, value)| (*name, value as &dyn std::fmt::Display)).collect();
        Some(filled(persian, &values))
    })
}

/// Numbers, and words of our own; everything else is somebody's, and stays as it is.
fn value_in_persian(name: &str, value: &str) -> String {
    let is_number = value.starts_with(|first: char| first.is_ascii_digit() || first == '-')
        && value.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | ' ' | '-' | '%'));
    match name {
        // A list of numbers goes on to the left, which a mark before it says.
        _ if is_number && value.contains(", ") => format!("\u{200f}{}", format::digits(value.replace(", ", t!(", ")))),
        _ if is_number => format::digits(value.to_owned()),
        "type" | "task" | "what" | "why" => said(value),
        _ => value.to_owned(),
    }
}

/// What stands in `sentence` where `template` has its `{name}`s, if it is one of its sentences.
fn values<'t, 's>(template: &'t str, sentence: &'s str) -> Option<Vec<(&'t str, &'s str)>> {
    let (start, mut template) = template.split_once('{')?;
    let mut rest = sentence.strip_prefix(start)?;
    let mut found = Vec::new();
    loop {
        let (name, after) = template.split_once('}')?;
        let (literal, next) = match after.split_once('{') {
            Some((literal, next)) => (literal, Some(next)),
            None => (after, None),
        };
        let Some(next) = next else {
            found.push((name, rest.strip_suffix(literal)?));
            return Some(found);
        };
        let at = rest.find(literal)?;
        found.push((name, rest.get(..at)?));
        rest = rest.get(at + literal.len()..)?;
        template = next;
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        ApiError,
        job::{JobQuery, ModelName},
        user::Registration,
    };

    use super::{in_persian, values};

    /// Those of a refusal.
    fn sentences(error: ApiError) -> Vec<String> {
        error.fields.into_values().collect()
    }

    #[test]
    fn what_a_form_or_a_query_does_wrong_is_said_in_persian() {
        let mut all = Vec::new();
        for password in ["short".to_owned(), "long".repeat(300)] {
            let name = Some("\u{7}".to_owned() + &"n".repeat(200));
            let register = |email: String| Registration {
                email,
                password: password.clone(),
                name: name.clone(),
                invitation: None,
            };
            for email in [String::new(), "ada".to_owned(), "e".repeat(300)] {
                all.extend(register(email).validate().err().map(sentences).unwrap_or_default());
            }
        }
        let typed = crate::api::train_form::TrainForm {
            model: "mlp".into(),
            settings: [("mlp.hidden", "wide"), ("mlp.dropout", "much"), ("mlp.members", "all")]
                .map(|(key, text)| (key.to_owned(), text.to_owned()))
                .into(),
            optimizer: "magic".into(),
            early_stopping: "soon".into(),
            lr: "fast".into(),
            epochs: "-1".into(),
            seed: "x".into(),
            split: "magic".into(),
            ..Default::default()
        };
        let mut errors = domain::error::FieldErrors::default();
        typed.read(&mut errors);
        all.extend(errors.into_result().err().map(sentences).unwrap_or_default());
        for query in ["lr<", "status:flying", "created<7x", "-", "\"open", "lr>many", "tag:", "acuracy>", "statu:x"] {
            all.extend(JobQuery::parse(query).err().map(|error| error.to_string()));
        }
        for name in ModelName::ALL {
            all.extend(name.spec().parts());
            all.extend(name.settings().iter().flat_map(|one| [one.label, one.hint]).map(str::to_owned));
        }
        all.retain(|sentence| !sentence.is_empty());
        assert!(all.len() > 60, "{}", all.len());
        let english: Vec<_> = all.iter().filter(|sentence| in_persian(sentence).is_none()).collect();
        assert!(english.is_empty(), "{english:#?}");
    }

    #[test]
    fn a_sentence_is_one_of_its_template() {
        let template = "must be from {least} to {most}, not {value}";
        let found = values(template, "must be from 1 to 100, not 0");
        assert_eq!(found, Some(vec![("least", "1"), ("most", "100"), ("value", "0")]));
        for other in ["must be from 1", "must be a number", "", "must be from 1 to 100"] {
            assert_eq!(values(template, other), None, "{other:?}");
        }
        assert_eq!(values("no {what} here", "no job, no model here"), Some(vec![("what", "job, no model")]));
        assert_eq!(values("nothing to fill", "nothing to fill"), None);
    }
}
