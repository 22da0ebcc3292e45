//! What the palette offers without asking the server: pages, and things to do.

use crate::{
    api::find::{Found, Kind},
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
        let kind = match found.kind {
            Kind::Job => "Job",
            Kind::Model => "Model",
            Kind::Dataset => "Dataset",
            Kind::Experiment => "Experiment",
        };
        let about = if found.about.is_empty() { kind.to_owned() } else { format!("{kind}, {}", found.about) };
        Self { label: found.name, about, act: Act::Go(found.address) }
    }
}

fn all() -> Vec<Entry> {
    let entry = |label: &str, about: &str, act| Entry { label: label.to_owned(), about: about.to_owned(), act };
    let go = |label, about, address: &str| entry(label, about, Act::Go(address.to_owned()));
    let mut entries: Vec<Entry> = PLACES.iter().map(|place| go(place.name, "Page", place.address)).collect();
    entries.push(go("Compare jobs", "Page", "/compare"));
    entries.push(go("New training", "Action", "/train"));
    entries.push(go("Upload a dataset", "Action", "/datasets"));
    entries.extend(Theme::ALL.map(|theme| entry(&format!("{} theme", theme.label()), "Action", Act::Paint(theme))));
    entries.push(entry("Keyboard shortcuts", "Help", Act::ShowShortcuts));
    entries.push(entry("Log out", "Action", Act::LogOut));
    entries
}

/// Those with every word of `text` in their label, in any case and order; all of them for an empty one.
pub fn matching(text: &str) -> Vec<Entry> {
    let text = text.to_lowercase();
    let mut entries = all();
    entries.retain(|entry| {
        let label = entry.label.to_lowercase();
        text.split_whitespace().all(|word| label.contains(word))
    });
    entries
}

#[cfg(test)]
mod tests {
    use super::{Act, all, matching};
    use crate::theme::Theme;

    #[test]
    fn every_word_counts_and_their_order_does_not() {
        let labels = |text| matching(text).into_iter().map(|entry| entry.label).collect::<Vec<_>>();
        assert_eq!(labels("theme DARK"), ["Dark theme"]);
        assert_eq!(labels("dataset"), ["Datasets", "Upload a dataset"]);
        assert_eq!(labels("  "), all().into_iter().map(|entry| entry.label).collect::<Vec<_>>());
        assert!(labels("theme iris").is_empty());
    }

    #[test]
    fn entries_do_what_they_say() {
        assert_eq!(matching("experiments")[0].act, Act::Go("/experiments".to_owned()));
        assert_eq!(matching("light")[0].act, Act::Paint(Theme::Light));
        assert_eq!(matching("log out")[0].act, Act::LogOut);
    }
}
