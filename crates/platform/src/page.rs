//! Pages of a list: what it is narrowed to, and the place where the next page begins.

use std::collections::HashMap;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use domain::{ApiError, Principal, UserId};
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, db::Db};

/// A page has so many when nobody says otherwise.
const USUAL: u32 = 50;
/// More are never read at once.
const MOST: u32 = 1_000;

/// Which things of a list, and which page of it.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Words that must all be in the name, in any case.
    pub words: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// 1 to 1,000; 0 means 50.
    pub limit: u32,
    /// Whether the page says where the page before it begins, for which every name is read.
    pub both_ways: bool,
}

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// How many match on all pages.
    pub count: u64,
    pub next_cursor: Option<String>,
    /// Empty for the first page, which is asked for without one.
    pub previous_cursor: Option<String>,
}

/// The id of a thing, its name, and whether it comes after the place that was asked for.
pub(crate) type Name = (String, String, bool);

/// A list that can be read by pages: the statements of a room, which all have the same order.
pub(crate) trait Listed {
    type Item;
    /// Where a thing stands in the order.
    type Place: Serialize + DeserializeOwned;

    /// Names the list in its cursors.
    const NAME: &'static str;

    fn id_of(item: &Self::Item) -> String;
    fn place_of(item: &Self::Item) -> Self::Place;
    /// What comes after a place, of one owner or of all.
    async fn page(
        db: &Db,
        owner: Option<UserId>,
        after: Option<&Self::Place>,
        limit: u32,
    ) -> Result<Vec<Self::Item>, Error>;
    /// How many there are on all pages.
    async fn count(db: &Db, owner: Option<UserId>) -> Result<u64, Error>;
    /// Every name in the order of the list, those before the place too.
    async fn names(db: &Db, owner: Option<UserId>, after: Option<&Self::Place>) -> Result<Vec<Name>, Error>;
    /// The things with these ids, in any order.
    async fn some(db: &Db, ids: &[String]) -> Result<Vec<Self::Item>, Error>;
}

/// A page of what the caller may see.
///
/// # Errors
/// `validation_failed` for a cursor that is none.
pub(crate) async fn read<L: Listed>(
    db: &Db,
    principal: &Principal,
    filter: &ListFilter,
) -> Result<Page<L::Item>, Error> {
    let limit = if filter.limit == 0 { USUAL } else { filter.limit.min(MOST) };
    let after = filter.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(place::<L>).transpose()?;
    let (owner, after) = (principal.sees_only(), after.as_ref());
    let words = words(filter.words.as_deref().unwrap_or_default());
    let (mut items, count) = if words.is_empty() {
        (L::page(db, owner, after, limit + 1).await?, L::count(db, owner).await?)
    } else {
        // No index knows parts of names, and only we know capitals beyond ASCII on both engines.
        let mut names = L::names(db, owner, after).await?;
        names.retain(|(_, name, _)| contains(name, &words));
        let count = names.len() as u64;
        let ids = names.into_iter().filter(|(_, _, after)| *after).map(|(id, _, _)| id);
        (in_order::<L>(db, &ids.take(limit as usize + 1).collect::<Vec<_>>()).await?, count)
    };
    let more = items.len() > limit as usize;
    items.truncate(limit as usize);
    let next_cursor = items.last().filter(|_| more).map(cursor_after::<L>);
    let previous_cursor = match after.filter(|_| filter.both_ways) {
        Some(place) => cursor_before::<L>(db, owner, place, &words, limit).await?,
        None => None,
    };
    Ok(Page { items, count, next_cursor, previous_cursor })
}

/// The cursor of the page that ends at a place, counted from there: things may have come and gone since the cursor was made.
async fn cursor_before<L: Listed>(
    db: &Db,
    owner: Option<UserId>,
    place: &L::Place,
    words: &[String],
    limit: u32,
) -> Result<Option<String>, Error> {
    let mut names = L::names(db, owner, Some(place)).await?;
    names.retain(|(_, name, after)| !after && contains(name, words));
    let Some(before) = names.len().checked_sub(limit as usize + 1) else {
        return Ok((!names.is_empty()).then(String::new));
    };
    let last = L::some(db, &[names.swap_remove(before).0]).await?;
    Ok(Some(last.first().map(cursor_after::<L>).unwrap_or_default()))
}

async fn in_order<L: Listed>(db: &Db, ids: &[String]) -> Result<Vec<L::Item>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut found: HashMap<String, L::Item> =
        L::some(db, ids).await?.into_iter().map(|item| (L::id_of(&item), item)).collect();
    // One that was deleted in the meantime is left out.
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

fn words(text: &str) -> Vec<String> {
    text.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

fn contains(name: &str, words: &[String]) -> bool {
    let name = name.to_lowercase();
    words.iter().all(|word| name.contains(word))
}

fn cursor_after<L: Listed>(item: &L::Item) -> String {
    // A place is ids, names and numbers: it always is JSON.
    let json = serde_json::to_vec(&(L::NAME, L::place_of(item))).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode(json)
}

fn place<L: Listed>(cursor: &str) -> Result<L::Place, ApiError> {
    let wrong = || ApiError::field("cursor", "Use next_cursor of the page before, of the same list.");
    let json = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let (list, place): (String, L::Place) = serde_json::from_slice(&json).map_err(|_| wrong())?;
    if list == L::NAME { Ok(place) } else { Err(wrong()) }
}

#[cfg(test)]
mod tests {
    use super::{contains, words};

    #[test]
    fn every_word_must_be_there_in_any_case() {
        assert!(contains("Élan of Iris", &words("iris é")));
        assert!(contains("anything", &words("  ")));
        assert!(!contains("iris", &words("iris two")));
    }
}
