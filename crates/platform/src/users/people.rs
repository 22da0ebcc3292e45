//! What admins do to accounts, and everybody to their own.

use domain::{
    ApiError, Principal, Role, Timestamp, UserId,
    access::NewLink,
    audit::Action,
    error::FieldErrors,
    user::{Belongings, Registration, UserChanges, UserPage, UserView},
};
use uuid::Uuid;

use super::{Credentials, Origin, email_key, email_taken, links, require_password, sql, strength};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    blob, clock,
    db::{Db, Lock, Tx, containing},
    events,
};

/// People on a page, at most.
pub const LARGEST_PAGE: u32 = 200;

fn no_such_user() -> Error {
    ApiError::not_found("user").into()
}

/// An account that nobody has signed in to.
pub(super) fn fresh(email: &str, username: String, role: Role, now: Timestamp) -> UserView {
    UserView {
        id: UserId(Uuid::now_v7()),
        email: email.to_owned(),
        username,
        role,
        created_at: now,
        last_seen_at: None,
        disabled: false,
        must_change_password: false,
        second_factor: false,
    }
}

/// People, newest first, whose e-mail or name contains `search`; for admins.
///
/// # Errors
/// `forbidden`.
pub async fn page(
    platform: &Platform,
    principal: &Principal,
    search: Option<&str>,
    after: Option<UserId>,
    limit: u32,
) -> Result<UserPage, Error> {
    principal.may_administer()?;
    let pattern = search.map(str::trim).filter(|word| !word.is_empty()).map(containing);
    let limit = limit.clamp(1, LARGEST_PAGE);
    let mut users = sql::page(&platform.db, pattern.as_deref(), after, limit + 1).await?;
    let more = users.len() > limit as usize;
    users.truncate(limit as usize);
    let count = sql::count(&platform.db, pattern.as_deref()).await?;
    Ok(UserPage { next_cursor: users.last().filter(|_| more).map(|user| user.id), users, count })
}

/// One account: one's own, or, for admins, anybody's.
///
/// # Errors
/// `not_found`, also when the caller may not see it.
pub async fn find(platform: &Platform, principal: &Principal, id: UserId) -> Result<UserView, Error> {
    if !principal.sees(id) {
        return Err(no_such_user());
    }
    sql::find(&platform.db, id).await?.ok_or_else(no_such_user)
}

/// The account of an e-mail; for admins.
///
/// # Errors
/// `forbidden`, or `validation_failed` with `heir`: nobody else is looked for.
pub async fn find_by_email(platform: &Platform, principal: &Principal, email: &str) -> Result<UserView, Error> {
    principal.may_administer()?;
    let found = sql::find_by_email(&platform.db, &email_key(email)).await?;
    let nobody = || ApiError::field("heir", "Nobody here has this e-mail.");
    found.map(|(user, _)| user).ok_or_else(|| nobody().into())
}

/// How much somebody owns.
pub async fn belongings(platform: &Platform, principal: &Principal, id: UserId) -> Result<Belongings, Error> {
    find(platform, principal, id).await?;
    sql::belongings(&platform.db, id).await
}

/// Changes an account.
///
/// # Errors
/// `not_found`; `validation_failed` for the name; `forbidden` for what only admins change; `conflict` when no admin would be left.
pub async fn change(
    platform: &Platform,
    principal: &Principal,
    id: UserId,
    changes: UserChanges,
    origin: &Origin,
) -> Result<UserView, Error> {
    principal.may_manage_account()?;
    find(platform, principal, id).await?;
    if changes.is_for_admins() {
        principal.may_administer()?;
    }
    let changes = changes.validate()?;
    let mut transaction = platform.db.begin().await?;
    transaction.lock(Lock::Admins).await?;
    let before = sql::find(&mut transaction, id).await?.ok_or_else(no_such_user)?;
    let after = UserView {
        username: changes.name.unwrap_or_else(|| before.username.clone()),
        role: changes.role.unwrap_or(before.role),
        disabled: changes.disabled.unwrap_or(before.disabled),
        must_change_password: changes.must_change_password.unwrap_or(before.must_change_password),
        ..before.clone()
    };
    let detail = differences(&before, &after);
    if detail.is_empty() {
        return Ok(after);
    }
    if after.role != Role::Admin || after.disabled {
        require_another_admin(&mut transaction, &before).await?;
    }
    sql::update(&mut transaction, &after).await?;
    if after.disabled && !before.disabled {
        sql::sessions::delete_all(&mut transaction, id, None).await?;
    }
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::AccountChanged, &before.email, &detail).await?;
    // What somebody sees depends on their role.
    events::commit_access(platform, transaction).await?;
    Ok(after)
}

fn differences(before: &UserView, after: &UserView) -> String {
    let mut said = Vec::new();
    if before.username != after.username {
        said.push(format!("name: {} to {}", before.username, after.username));
    }
    if before.role != after.role {
        said.push(format!("role: {} to {}", before.role.as_str(), after.role.as_str()));
    }
    if before.disabled != after.disabled {
        said.push(if after.disabled { "locked" } else { "unlocked" }.to_owned());
    }
    if before.must_change_password != after.must_change_password {
        let what = if after.must_change_password { "has to choose a new password" } else { "may keep the password" };
        said.push(what.to_owned());
    }
    said.join(", ")
}

/// Of two admins who remove each other at the same time one is too late.
async fn require_another_admin(transaction: &mut Tx, user: &UserView) -> Result<(), Error> {
    let counts = user.role == Role::Admin && !user.disabled;
    if counts && sql::other_admins(transaction, user.id).await? == 0 {
        let sentence = "This is the last administrator. Make somebody else one first.";
        return Err(ApiError::conflict(sentence).into());
    }
    Ok(())
}

/// Deletes an account: one's own with the password, or, for admins, anybody's. What it owns becomes `heir`'s, or is deleted
/// with it.
///
/// # Errors
/// `not_found`; `validation_failed` for password or heir; `conflict` for the last admin, and while jobs are being trained that
/// nobody inherits.
pub async fn delete(
    platform: &Platform,
    principal: &Principal,
    id: UserId,
    password: Option<&str>,
    heir: Option<UserId>,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_manage_account()?;
    find(platform, principal, id).await?;
    if id == principal.user_id {
        require_password(platform, id, "password", password.unwrap_or_default()).await?;
    }
    if heir.is_some() {
        principal.may_administer()?;
    }
    let mut transaction = platform.db.begin().await?;
    transaction.lock(Lock::Admins).await?;
    let user = sql::find(&mut transaction, id).await?.ok_or_else(no_such_user)?;
    require_another_admin(&mut transaction, &user).await?;
    let mut files = [const { Vec::new() }; 3];
    let mut detail = "everything deleted".to_owned();
    if let Some(heir) = heir {
        let heir = sql::find(&mut transaction, heir).await?.filter(|heir| heir.id != id);
        let heir = heir.ok_or_else(|| ApiError::field("heir", "There is no such person."))?;
        sql::hand_over(&mut transaction, id, heir.id).await?;
        detail = format!("everything to {}", heir.email);
    } else {
        let active = sql::belongings(&mut transaction, id).await?.active_jobs;
        if active > 0 {
            let sentence = format!("{active} jobs of this person have not ended. Stop them first, or hand them over.");
            return Err(ApiError::conflict(sentence).into());
        }
        files = sql::owned(&mut transaction, id).await?;
    }
    sql::delete(&mut transaction, id).await?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::AccountDeleted, &user.email, &detail).await?;
    events::commit_access(platform, transaction).await?;
    // What cannot be removed now is swept at the next start, as files of no row are.
    for (folder, ids) in ["datasets", "jobs", "models"].into_iter().zip(&files) {
        for id in ids {
            if let Err(error) = blob::remove(&platform.data.folder(folder).join(id)) {
                tracing::warn!(folder, id, %error, "files of a deleted account could not be removed");
            }
        }
    }
    Ok(())
}

/// Makes an account for somebody, from the command line. Without a password one has to be chosen by a link.
pub(crate) async fn create(
    db: &Db,
    credentials: &Credentials,
    (email, name, role): (&str, Option<&str>, Role),
    password: Option<&str>,
) -> Result<(UserView, Option<NewLink>), Error> {
    // Nobody knows it, and nobody has to.
    let random = super::secret::make("")?;
    let form = Registration {
        email: email.to_owned(),
        password: password.unwrap_or(&random).to_owned(),
        name: name.map(str::to_owned),
        invitation: None,
    };
    let form = form.validate()?;
    let name = form.name.unwrap_or_else(|| form.email.clone());
    let mut errors = FieldErrors::default();
    strength::check("password", &form.password, &[&form.email, &name], &mut errors);
    errors.into_result()?;
    let hash = credentials.hash(form.password).await?;
    let user = fresh(&form.email, name, role, clock::now());
    let mut transaction = db.begin().await?;
    if !sql::insert(&mut transaction, &user, &email_key(&user.email), &hash).await? {
        return Err(email_taken());
    }
    let actor = Actor::command_line();
    audit::record(&mut transaction, &actor, Action::Registered, &user.email, role.as_str()).await?;
    transaction.commit().await?;
    let link = if password.is_none() { Some(links::make_reset(db, user.id, &actor).await?) } else { None };
    Ok((user, link))
}

/// A link by which somebody chooses a new password, for when no admin can log in.
pub(crate) async fn reset_from_command_line(db: &Db, email: &str) -> Result<NewLink, Error> {
    let found = sql::find_by_email(db, &email_key(email)).await?;
    let (user, _) = found.ok_or_else(|| Error::Setup(format!("nobody has registered with {email}")))?;
    links::make_reset(db, user.id, &Actor::command_line()).await
}
