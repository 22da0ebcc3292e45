//! Pages of jobs. There is a statement for each order, for one owner (with or without what others share) and for all, for the first page and for the next ones,
//! so that each can follow an index.

use domain::{
    JobId, Principal, UserId,
    job::{JobState, JobSummary, SortValue},
};

use super::JobRow;
use crate::{
    Error,
    db::{Db, containing, sql, sql_list},
    jobs::{
        JobFilter,
        order::{JobOrder, Place, SortKey},
    },
    shares::{
        self,
        sql::{shared_with, visible},
    },
};

/// What a list is narrowed to; an absent filter is NULL.
macro_rules! filters {
    () => {
        " AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR dataset_id = $3)
          AND ($4 IS NULL OR experiment_id = $4) AND ($5 IS NULL OR search LIKE $5 ESCAPE '\\')"
    };
}

/// `$1` is the owner, or NULL.
macro_rules! first_page {
    ($owner:expr, $value:literal, $direction:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM jobs WHERE ",
            $owner,
            filters!(),
            " ORDER BY ",
            $value,
            $direction,
            ", id",
            $direction,
            " LIMIT $6"
        )
    };
}

/// `$6` and `$7` are the value and the id of the last row of the page before.
macro_rules! next_page {
    ($owner:expr, $value:literal, $after:literal, $direction:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM jobs WHERE ",
            $owner,
            filters!(),
            " AND (",
            $value,
            ", id) ",
            $after,
            " ($6, $7) ORDER BY ",
            $value,
            $direction,
            ", id",
            $direction,
            " LIMIT $8"
        )
    };
}

/// One owner's first page and next ones, then those with what others share, then everybody's.
macro_rules! pages {
    ($value:literal, $after:literal, $direction:literal) => {
        [
            [first_page!("owner_id = $1", $value, $direction), next_page!("owner_id = $1", $value, $after, $direction)],
            // What others share with one owner as well.
            [
                first_page!(visible!(jobs, "$1"), $value, $direction),
                next_page!(visible!(jobs, "$1"), $value, $after, $direction),
            ],
            [
                first_page!("coalesce($1, owner_id) = owner_id", $value, $direction),
                next_page!("coalesce($1, owner_id) = owner_id", $value, $after, $direction),
            ],
        ]
    };
}

/// Whose jobs a list has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The caller's.
    Own,
    /// With what others share with them.
    Shared,
    Everybodys,
}

impl Whose {
    async fn of(db: &Db, owner: Option<UserId>) -> Result<Self, Error> {
        Ok(match owner {
            None => Self::Everybodys,
            Some(user) if shares::sql::any_with(db, user).await? => Self::Shared,
            Some(_) => Self::Own,
        })
    }
}

/// `None` when no index has that order. The number that stands for an absent one is `order::LAST`.
fn page(order: &JobOrder, whose: Whose, first: bool) -> Option<&'static str> {
    let pages = match (&order.key, order.descending) {
        (SortKey::Created, false) => pages!("id", ">", " ASC"),
        (SortKey::Created, true) => pages!("id", "<", " DESC"),
        (SortKey::Name, false) => pages!("name_key", ">", " ASC"),
        (SortKey::Name, true) => pages!("name_key", "<", " DESC"),
        (SortKey::Status, false) => pages!("state", ">", " ASC"),
        (SortKey::Status, true) => pages!("state", "<", " DESC"),
        (SortKey::Loss, false) => pages!("coalesce(loss, 8e18)", ">", " ASC"),
        (SortKey::Loss, true) => pages!("coalesce(loss, 8e18)", "<", " DESC"),
        (SortKey::Finished, false) => pages!("coalesce(CAST(finished_at AS DOUBLE PRECISION), 8e18)", ">", " ASC"),
        (SortKey::Finished, true) => pages!("coalesce(CAST(finished_at AS DOUBLE PRECISION), 8e18)", "<", " DESC"),
        (SortKey::Field(_), _) => return None,
    };
    Some(pages[whose as usize][usize::from(!first)])
}

/// What a list is narrowed to by the database.
#[derive(Clone)]
pub(in crate::jobs) struct Narrow {
    owner: Option<UserId>,
    whose: Whose,
    state: Option<&'static str>,
    dataset: Option<String>,
    experiment: Option<String>,
    search: Option<String>,
}

impl Narrow {
    /// As far as the database can, and whether that is all that was asked for.
    pub(in crate::jobs) async fn of(db: &Db, principal: &Principal, filter: &JobFilter) -> Result<(Self, bool), Error> {
        let asked = filter.query.plain();
        let given = filter.search.as_deref().map(str::trim).filter(|word| !word.is_empty());
        let words: Vec<&str> = given.into_iter().chain(asked.words.iter().map(String::as_str)).collect();
        // No state at all is possible too: then nothing matches.
        let (state, all_states) = match (filter.state, asked.states.as_deref()) {
            (state, None) => (state, true),
            (None, Some([state])) => (Some(*state), true),
            (state, Some(_)) => (state, false),
        };
        let whole = asked.everything && words.len() <= 1 && all_states;
        let narrow = Self {
            owner: principal.sees_only(),
            whose: Whose::of(db, principal.sees_only()).await?,
            state: state.map(JobState::as_str),
            dataset: filter.dataset.map(|id| id.to_string()),
            experiment: filter.experiment.map(|id| id.to_string()),
            search: words.first().map(|word| containing(word)),
        };
        Ok((narrow, whole))
    }

    /// At most `limit` jobs after a place; `None` for an order that no index has.
    pub(in crate::jobs) async fn page(
        &self,
        db: &Db,
        order: &JobOrder,
        place: Option<&Place>,
        limit: u32,
    ) -> Result<Option<Vec<JobSummary>>, Error> {
        let Some(statement) = page(order, self.whose, place.is_none()) else { return Ok(None) };
        let query = sql(statement)
            .bind(self.owner)
            .bind(self.state)
            .bind(self.dataset.clone())
            .bind(self.experiment.clone())
            .bind(self.search.clone());
        let query = match place {
            Some(Place { value: Some(SortValue::Text(value)), id }) => query.bind(value).bind(*id),
            Some(Place { value: Some(SortValue::Number(value)), id }) => query.bind(*value).bind(*id),
            Some(Place { value: None, .. }) => return Ok(None),
            None => query,
        };
        let rows: Vec<JobRow> = query.bind(limit).all(db).await?;
        Ok(Some(summaries(rows)?))
    }

    /// How many there are. Without filters an index alone knows it.
    pub(in crate::jobs) async fn count(self, db: &Db) -> Result<u64, Error> {
        let Self { owner, whose, state, dataset, experiment, search } = self;
        let plain = whose != Whose::Shared && dataset.is_none() && experiment.is_none() && search.is_none();
        let count: i64 = match (owner, state) {
            (None, None) if plain => sql("SELECT count(*) FROM jobs").scalar(db).await,
            (None, Some(state)) if plain => {
                sql("SELECT count(*) FROM jobs WHERE state = $1").bind(state).scalar(db).await
            }
            (Some(owner), None) if plain => {
                sql("SELECT count(*) FROM jobs WHERE owner_id = $1").bind(owner).scalar(db).await
            }
            (Some(owner), Some(state)) if plain => {
                let statement = sql("SELECT count(*) FROM jobs WHERE owner_id = $1 AND state = $2");
                statement.bind(owner).bind(state).scalar(db).await
            }
            (owner, state) => {
                let statement = concat!("SELECT count(*) FROM jobs WHERE ", visible!(jobs, "$1"), filters!());
                sql(statement).bind(owner).bind(state).bind(dataset).bind(experiment).bind(search).scalar(db).await
            }
        }?;
        Ok(count as u64)
    }
}

/// Those of these jobs that the caller may see, newest first.
pub(in crate::jobs) async fn some(db: &Db, principal: &Principal, ids: &[JobId]) -> Result<Vec<JobSummary>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = sql_list(
        concat!("SELECT ", columns!(), " FROM jobs WHERE ", visible!(jobs, "$1"), " AND id IN "),
        2,
        ids.len(),
        "ORDER BY id DESC",
    );
    let query = ids.iter().fold(list.bind(principal.sees_only()), |query, id| query.bind(*id));
    summaries(query.all(db).await?)
}

/// What a new watcher of the list is told first: jobs that have not ended, and the newest of all; 200 of each at most.
pub(crate) async fn newest(db: &Db, principal: &Principal) -> Result<Vec<JobSummary>, Error> {
    macro_rules! newest {
        ($owner:expr) => {
            concat!(
                "SELECT ",
                columns!(),
                " FROM jobs WHERE id IN (SELECT id FROM (SELECT id FROM jobs WHERE ",
                $owner,
                " AND state IN ('QUEUED', 'STARTING', 'LOADING', 'RUNNING') ORDER BY id DESC LIMIT 200) AS open
                  UNION SELECT id FROM (SELECT id FROM jobs WHERE ",
                $owner,
                " ORDER BY id DESC LIMIT 200) AS newest) ORDER BY id"
            )
        };
    }
    let owner = principal.sees_only();
    let statement = match Whose::of(db, owner).await? {
        Whose::Own => newest!("owner_id = $1"),
        Whose::Shared => newest!(visible!(jobs, "$1")),
        Whose::Everybodys => newest!("coalesce($1, owner_id) = owner_id"),
    };
    summaries(sql(statement).bind(owner).all(db).await?)
}

fn summaries(rows: Vec<JobRow>) -> Result<Vec<JobSummary>, Error> {
    let statuses: Result<Vec<_>, _> = rows.into_iter().map(JobRow::into_status).collect();
    Ok(statuses?.into_iter().map(|status| status.summary).collect())
}
