//! Every statement on `users`; those on what lets them in are beside.

pub(super) mod links;
pub(super) mod second_factor;
pub(super) mod sessions;
pub(super) mod tokens;

use domain::{
    Role, Timestamp, UserId,
    user::{Belongings, UserView},
};
use sqlx::FromRow;

use crate::{
    Error,
    db::{Db, Lane, Tx, parse_id, sql},
};

#[derive(FromRow)]
struct UserRow {
    id: String,
    email: String,
    username: String,
    role: String,
    created_at: i64,
    last_seen_at: Option<i64>,
    disabled: bool,
    must_change_password: bool,
    second_factor: bool,
    password_hash: String,
}

macro_rules! columns {
    () => {
        "id, email, username, role, created_at, last_seen_at, disabled, must_change_password,
         totp_secret IS NOT NULL AS second_factor, password_hash"
    };
}

impl UserRow {
    fn into_view(self) -> Result<(UserView, String), Error> {
        let view = UserView {
            id: UserId(parse_id(&self.id)?),
            email: self.email,
            username: self.username,
            role: parse_role(&self.role)?,
            created_at: Timestamp(self.created_at),
            last_seen_at: self.last_seen_at.map(Timestamp),
            disabled: self.disabled,
            must_change_password: self.must_change_password,
            second_factor: self.second_factor,
        };
        Ok((view, self.password_hash))
    }
}

pub(super) fn parse_role(text: &str) -> Result<Role, Error> {
    Role::parse(text).ok_or_else(|| Error::Internal(format!("stored role {text:?} is unknown")))
}

/// The account of an e-mail in lower case, and its password hash.
pub(super) async fn find_by_email(
    lane: impl Into<Lane<'_>>,
    email_key: &str,
) -> Result<Option<(UserView, String)>, Error> {
    let row: Option<UserRow> =
        sql(concat!("SELECT ", columns!(), " FROM users WHERE email_key = $1")).bind(email_key).optional(lane).await?;
    row.map(UserRow::into_view).transpose()
}

pub(super) async fn find(lane: impl Into<Lane<'_>>, id: UserId) -> Result<Option<UserView>, Error> {
    Ok(find_with_hash(lane, id).await?.map(|(view, _)| view))
}

pub(super) async fn find_with_hash(lane: impl Into<Lane<'_>>, id: UserId) -> Result<Option<(UserView, String)>, Error> {
    let row: Option<UserRow> =
        sql(concat!("SELECT ", columns!(), " FROM users WHERE id = $1")).bind(id).optional(lane).await?;
    row.map(UserRow::into_view).transpose()
}

pub(super) async fn anybody(lane: impl Into<Lane<'_>>) -> Result<bool, Error> {
    sql("SELECT EXISTS (SELECT 1 FROM users)").scalar(lane).await
}

/// Whose e-mail or name contains the pattern, newest first.
pub(crate) async fn page(
    db: &Db,
    pattern: Option<&str>,
    after: Option<UserId>,
    limit: u32,
) -> Result<Vec<UserView>, Error> {
    let rows: Vec<UserRow> = sql(concat!(
        "SELECT ",
        columns!(),
        " FROM users WHERE ($1 IS NULL OR email_key LIKE $1 ESCAPE '\\' OR lower(username) LIKE $1 ESCAPE '\\')
            AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3"
    ))
    .bind(pattern)
    .bind(after)
    .bind(limit)
    .all(db)
    .await?;
    rows.into_iter().map(|row| row.into_view().map(|(view, _)| view)).collect()
}

pub(super) async fn count(db: &Db, pattern: Option<&str>) -> Result<u64, Error> {
    let statement = sql("SELECT count(*) FROM users WHERE $1 IS NULL OR email_key LIKE $1 ESCAPE '\\'
         OR lower(username) LIKE $1 ESCAPE '\\'");
    let count: i64 = statement.bind(pattern).scalar(db).await?;
    Ok(count as u64)
}

/// False when the e-mail is taken.
pub(super) async fn insert(
    transaction: &mut Tx,
    user: &UserView,
    email_key: &str,
    password_hash: &str,
) -> Result<bool, Error> {
    let inserted = sql("INSERT INTO users
             (id, email, email_key, username, password_hash, role, created_at, must_change_password)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_key) DO NOTHING")
    .bind(user.id)
    .bind(&user.email)
    .bind(email_key)
    .bind(&user.username)
    .bind(password_hash)
    .bind(user.role.as_str())
    .bind(user.created_at)
    .bind(user.must_change_password)
    .execute(&mut *transaction)
    .await?;
    Ok(inserted == 1)
}

/// Name, role and locks.
pub(super) async fn update(transaction: &mut Tx, user: &UserView) -> Result<(), Error> {
    sql("UPDATE users SET username = $2, role = $3, disabled = $4, must_change_password = $5 WHERE id = $1")
        .bind(user.id)
        .bind(&user.username)
        .bind(user.role.as_str())
        .bind(user.disabled)
        .bind(user.must_change_password)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// A new password, which need not be changed any more.
pub(super) async fn set_password(transaction: &mut Tx, id: UserId, password_hash: &str) -> Result<(), Error> {
    sql("UPDATE users SET password_hash = $2, must_change_password = FALSE WHERE id = $1")
        .bind(id)
        .bind(password_hash)
        .execute(&mut *transaction)
        .await?;
    Ok(())
}

/// The same password, hashed at another cost; unless it was changed meanwhile.
pub(super) async fn rehash(db: &Db, id: UserId, before: &str, after: &str) -> Result<(), Error> {
    sql("UPDATE users SET password_hash = $3 WHERE id = $1 AND password_hash = $2")
        .bind(id)
        .bind(before)
        .bind(after)
        .execute(db.writer())
        .await?;
    Ok(())
}

pub(super) async fn seen(lane: impl Into<Lane<'_>>, id: UserId, now: Timestamp) -> Result<(), Error> {
    sql("UPDATE users SET last_seen_at = $2 WHERE id = $1").bind(id).bind(now).execute(lane).await?;
    Ok(())
}

/// Admins who may sign in, without this one.
pub(super) async fn other_admins(transaction: &mut Tx, id: UserId) -> Result<i64, Error> {
    sql("SELECT count(*) FROM users WHERE role = 'admin' AND NOT disabled AND id <> $1")
        .bind(id)
        .scalar(&mut *transaction)
        .await
}

pub(super) async fn delete(transaction: &mut Tx, id: UserId) -> Result<(), Error> {
    sql("DELETE FROM users WHERE id = $1").bind(id).execute(&mut *transaction).await?;
    Ok(())
}

pub(super) async fn belongings(lane: impl Into<Lane<'_>>, id: UserId) -> Result<Belongings, Error> {
    let (datasets, experiments, jobs, active_jobs, models): (i64, i64, i64, i64, i64) =
        sql("SELECT (SELECT count(*) FROM datasets WHERE owner_id = $1),
                (SELECT count(*) FROM experiments WHERE owner_id = $1),
                (SELECT count(*) FROM jobs WHERE owner_id = $1),
                (SELECT count(*) FROM jobs WHERE owner_id = $1
                    AND state IN ('QUEUED', 'STARTING', 'LOADING', 'RUNNING')),
                (SELECT count(*) FROM models WHERE owner_id = $1)")
        .bind(id)
        .one(lane)
        .await?;
    Ok(Belongings {
        datasets: datasets as u64,
        experiments: experiments as u64,
        jobs: jobs as u64,
        active_jobs: active_jobs as u64,
        models: models as u64,
    })
}

/// Everything of one person becomes another's.
pub(super) async fn hand_over(transaction: &mut Tx, from: UserId, to: UserId) -> Result<(), Error> {
    for statement in [
        "UPDATE datasets SET owner_id = $2 WHERE owner_id = $1",
        "UPDATE experiments SET owner_id = $2 WHERE owner_id = $1",
        "UPDATE jobs SET owner_id = $2 WHERE owner_id = $1",
        "UPDATE models SET owner_id = $2 WHERE owner_id = $1",
    ] {
        sql(statement).bind(from).bind(to).execute(&mut *transaction).await?;
    }
    Ok(())
}

/// Ids of the datasets, jobs and models of one person: their files.
pub(super) async fn owned(transaction: &mut Tx, id: UserId) -> Result<[Vec<String>; 3], Error> {
    let mut found = [const { Vec::new() }; 3];
    let statements = [
        "SELECT id FROM datasets WHERE owner_id = $1",
        "SELECT id FROM jobs WHERE owner_id = $1",
        "SELECT id FROM models WHERE owner_id = $1",
    ];
    for (statement, ids) in statements.into_iter().zip(&mut found) {
        *ids = sql(statement).bind(id).scalars(&mut *transaction).await?;
    }
    Ok(found)
}
