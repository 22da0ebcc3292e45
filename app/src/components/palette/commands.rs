//! What the palette offers without asking the server: pages, and things to do.

use crate::{
    api::find::{Found, Kind},
    components::{badge::state_word, format},
    language::translate,
    places::PLACES,
    theme::Theme,
};

/// What choosing an entry does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    Go(String),
    Paint(Theme),
    ShowShortcuts,
    LogOut,
}

/// A line of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub label: String,
    /// What it is, beside the label.
    pub about: String,
    pub act: Act,
}

impl From<Found> for Entry {
    fn from(found: Found) -> Self {
        let (kind, about) = match found.kind {
            Kind::Job { state, at } => {
                (t!("Job"), t!("{state}, {at}", state = state_word(state), at = format::moment(at)))
            }
            Kind::Model { target, at } => {
                (t!("Model"), t!("predicts {target}, {at}", target = target, at = format::moment(at)))
            }
            Kind::Dataset { rows } => (t!("Dataset"), format::counted(rows, t!("row"), t!("rows"))),
            Kind::Experiment => (t!("Experiment"), String::new()),
        };
        let about = if about.is_empty() { kind.to_owned() } else { t!("{kind}, {about}", kind = kind, about = about) };
        Self { label: found.name, about, act: Act::Go(found.address) }
    }
}

/// Each with its English label. `admin` has more of them.
fn all(admin: bool) -> Vec<(&'static str, Entry)> {
    let entry = |english: &'static str, about: &'static str, act: Act| {
        (english, Entry { label: translate(english).to_owned(), about: about.to_owned(), act })
    };
    let go =
        |english: &'static str, about: &'static str, address: &str| entry(english, about, Act::Go(address.to_owned()));
    let paint = |theme: Theme| {
        let english = match theme {
            Theme::System => marked!("System theme"),
            Theme::Light => marked!("Light theme"),
            Theme::Dark => marked!("Dark theme"),
        };
        entry(english, t!("Action"), Act::Paint(theme))
    };
    let mut entries: Vec<_> = PLACES.iter().map(|place| go(place.name, t!("Page"), place.address)).collect();
    entries.push(go(marked!("Compare jobs"), t!("Page"), "/compare"));
    entries.push(go(marked!("Settings"), t!("Page"), "/settings"));
    if admin {
        entries.push(go(marked!("People"), t!("Page"), "/admin/users"));
    }
    entries.push(go(marked!("New training"), t!("Action"), "/train"));
    entries.push(go(marked!("Upload a dataset"), t!("Action"), "/datasets"));
    entries.extend(Theme::ALL.map(paint));
    entries.push(entry(marked!("Keyboard shortcuts"), t!("Help"), Act::ShowShortcuts));
    entries.push(entry(marked!("Log out"), t!("Action"), Act::LogOut));
    entries
}

/// Those with every word of `text` in their label, in any case and order, in the language of the page or in English; all of
/// them for an empty one.
pub fn matching(text: &str, admin: bool) -> Vec<Entry> {
    // Many write words of two parts without the sign that joins them (ZWNJ).
    let plain = |text: &str| text.to_lowercase().replace('\u{200c}', "");
    let text = plain(text);
    let found = all(admin).into_iter().filter(|(english, entry)| {
        let labels = [plain(english), plain(&entry.label)];
        text.split_whitespace().all(|word| labels.iter().any(|label| label.contains(word)))
    });
    found.map(|(_, entry)| entry).collect()
}

#[cfg(test)]
mod tests {
    use super::{Act, all, matching};
    use crate::theme::Theme;

    #[test]
    fn every_word_counts_and_their_order_does_not() {
        let labels = |text| matching(text, false).into_iter().map(|entry| entry.label).collect::<Vec<_>>();
        assert_eq!(labels("theme DARK"), ["Dark theme"]);
        assert_eq!(labels("dataset"), ["Datasets", "Upload a dataset"]);
        assert_eq!(labels("  "), all(false).into_iter().map(|(_, entry)| entry.label).collect::<Vec<_>>());
        assert!(labels("theme iris").is_empty());
    }

    #[test]
    fn entries_do_what_they_say() {
        assert_eq!(matching("experiments", false)[0].act, Act::Go("/experiments".to_owned()));
        assert_eq!(matching("light", false)[0].act, Act::Paint(Theme::Light));
        assert_eq!(matching("log out", false)[0].act, Act::LogOut);
    }

    #[test]
    fn people_are_for_admins() {
        assert_eq!(matching("people", true)[0].act, Act::Go("/admin/users".to_owned()));
        assert!(matching("people", false).is_empty());
    }
}
