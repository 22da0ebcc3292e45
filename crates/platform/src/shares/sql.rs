//! Every statement on `shares`, and the condition under which a row may be seen.

use domain::{
    Principal, UserId,
    share::{Access, SharedWith, Sharing},
};
use uuid::Uuid;

use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, sql, sql_list},
};

/// What was shared with the user of that number.
macro_rules! shared_with {
    ($user:literal) => {
        concat!("(SELECT thing_id FROM shares WHERE user_id = ", $user, " OR user_id IS NULL)")
    };
}

/// Whether a row may be seen by the user of that number, or by everybody (NULL: an admin). Of datasets, experiments, jobs,
/// models.
macro_rules! visible {
    (datasets, $user:literal) => {
        concat!(
            "(",
            $user,
            " IS NULL OR owner_id = ",
            $user,
            " OR owner_id IS NULL OR id IN ",
            shared_with!($user),
            ")"
        )
    };
    (experiments, $user:literal) => {
        concat!("(", $user, " IS NULL OR owner_id = ", $user, " OR id IN ", shared_with!($user), ")")
    };
    (jobs, $user:literal) => {
        concat!(
            "(",
            $user,
            " IS NULL OR owner_id = ",
            $user,
            " OR id IN ",
            shared_with!($user),
            " OR experiment_id IN ",
            shared_with!($user),
            ")"
        )
    };
    (models, $user:literal) => {
        concat!(
            "(",
            $user,
            " IS NULL OR owner_id = ",
            $user,
            " OR job_id IN ",
            shared_with!($user),
            " OR job_id IN (SELECT id FROM jobs WHERE experiment_id IN ",
            shared_with!($user),
            "))"
        )
    };
}
pub(crate) use {shared_with, visible};

/// A thing that somebody may see.
pub(super) struct Found {
    pub(super) owner: Option<UserId>,
    /// Empty for samples.
    pub(super) owner_name: String,
    /// The experiment of a job.
    pub(super) within: Option<Uuid>,
}

pub(super) async fn find(
    lane: impl Into<Lane<'_>>,
    principal: &Principal,
    thing: Uuid,
) -> Result<Option<Found>, Error> {
    let row: Option<(Option<String>, String, Option<String>)> = sql(concat!(
        "SELECT found.owner_id, coalesce(users.username, ''), found.within FROM (
             SELECT owner_id, NULL AS within FROM datasets WHERE id = $1 AND ",
        visible!(datasets, "$2"),
        " UNION ALL SELECT owner_id, NULL AS within FROM experiments WHERE id = $1 AND ",
        visible!(experiments, "$2"),
        " UNION ALL SELECT owner_id, experiment_id AS within FROM jobs WHERE id = $1 AND ",
        visible!(jobs, "$2"),
        ") AS found LEFT JOIN users ON users.id = found.owner_id"
    ))
    .bind(thing)
    .bind(principal.sees_only())
    .optional(lane)
    .await?;
    let Some((owner, owner_name, within)) = row else { return Ok(None) };
    let id = |text: Option<String>| text.as_deref().map(parse_id).transpose();
    Ok(Some(Found { owner: id(owner)?.map(UserId), owner_name, within: id(within)? }))
}

/// Whether anything at all was shared with somebody: most often it was not, and their lists follow an index.
pub(crate) async fn any_with(db: &Db, user: UserId) -> Result<bool, Error> {
    sql("SELECT EXISTS (SELECT 1 FROM shares WHERE user_id = $1 OR user_id IS NULL)").bind(user).scalar(db).await
}

/// Whether one of these was shared with somebody so that they may change it.
pub(super) async fn may_edit(lane: impl Into<Lane<'_>>, user: UserId, things: &[Uuid]) -> Result<bool, Error> {
    let list = sql_list(
        "SELECT count(*) > 0 FROM shares WHERE (user_id = $1 OR user_id IS NULL) AND may_edit AND thing_id IN",
        2,
        things.len(),
        "",
    );
    things.iter().fold(list.bind(user), |list, thing| list.bind(*thing)).scalar(lane).await
}

pub(super) async fn sharing(db: &Db, thing: Uuid) -> Result<Sharing, Error> {
    let rows: Vec<(Option<String>, bool)> =
        sql("SELECT users.email, shares.may_edit FROM shares LEFT JOIN users ON users.id = shares.user_id
             WHERE shares.thing_id = $1 ORDER BY users.email_key")
        .bind(thing)
        .all(db)
        .await?;
    let mut sharing = Sharing::default();
    for (email, may_edit) in rows {
        let access = if may_edit { Access::Edit } else { Access::View };
        match email {
            Some(email) => sharing.people.push(SharedWith { email, access }),
            None => sharing.everyone = Some(access),
        }
    }
    Ok(sharing)
}

/// Who has registered with an e-mail in lower case.
pub(super) async fn person(transaction: &mut Tx, email_key: &str) -> Result<Option<UserId>, Error> {
    let found: Option<String> =
        sql("SELECT id FROM users WHERE email_key = $1").bind(email_key).optional_scalar(&mut *transaction).await?;
    found.map(|id| parse_id(&id).map(UserId)).transpose()
}

pub(super) async fn replace(
    transaction: &mut Tx,
    thing: Uuid,
    everyone: Option<Access>,
    people: &[(UserId, Access)],
) -> Result<(), Error> {
    forget(transaction, thing).await?;
    let everyone = everyone.map(|access| (None, access));
    let people = people.iter().map(|(id, access)| (Some(*id), *access));
    for (user, access) in everyone.into_iter().chain(people) {
        sql("INSERT INTO shares (thing_id, user_id, may_edit) VALUES ($1, $2, $3)")
            .bind(thing)
            .bind(user)
            .bind(access == Access::Edit)
            .execute(&mut *transaction)
            .await?;
    }
    Ok(())
}

/// A thing is gone.
pub(crate) async fn forget(transaction: &mut Tx, thing: Uuid) -> Result<(), Error> {
    sql("DELETE FROM shares WHERE thing_id = $1").bind(thing).execute(&mut *transaction).await?;
    Ok(())
}
