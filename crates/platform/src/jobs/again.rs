//! What a job is called that is trained again: as the first, with a number that none has yet.

use domain::Principal;

use super::read::{JobFilter, list};
use crate::{Error, Platform};

/// Letters of a name with its number.
const LONGEST: usize = 200;
/// Jobs of similar names that are looked at, the newest first: they have the greatest numbers.
const LOOKED_AT: u32 = 200;

/// `night` is `night (2)`, and then `night (3)`, whichever of them is trained again.
pub(super) async fn name(platform: &Platform, principal: &Principal, first: &str) -> Result<String, Error> {
    let (stem, number) = numbered(first);
    let filter = JobFilter { search: Some(stem.to_owned()), limit: LOOKED_AT, ..JobFilter::default() };
    let known = list(platform, principal, filter).await?.jobs;
    let same = known.iter().map(|job| numbered(&job.name)).filter(|(other, _)| *other == stem);
    let most = same.map(|(_, number)| number).fold(number, u32::max);
    let number = format!(" ({})", most.saturating_add(1));
    let short: String = stem.chars().take(LONGEST - number.len()).collect();
    Ok(format!("{}{number}", short.trim_end()))
}

/// A name without its number, and the number; the first of all has none.
fn numbered(name: &str) -> (&str, u32) {
    let parts = name.strip_suffix(')').and_then(|name| name.rsplit_once(" ("));
    let number = parts.and_then(|(stem, number)| Some((stem, number.parse().ok()?)));
    number.unwrap_or((name, 1))
}

#[cfg(test)]
mod tests {
    use super::numbered;

    #[test]
    fn only_a_number_in_brackets_is_one() {
        assert_eq!(numbered("night (12)"), ("night", 12));
        for plain in ["night", "lr 10", "night (x)", "night(2)", "night (99999999999)", ")"] {
            assert_eq!(numbered(plain), (plain, 1));
        }
    }
}
