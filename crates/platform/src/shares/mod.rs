//! Sharing: a dataset, a job (with its model) or an experiment (with its jobs) with chosen people, or with everybody who is
//! signed in. What may be seen is decided by the statements that find things (`visible!`); what may be changed is decided here.

pub(crate) mod sql;

use domain::{
    ApiError, Principal, UserId,
    audit::Action,
    share::{Access, SharedWith, Sharing, SharingView},
};
use uuid::Uuid;

use crate::{
    Error, Platform,
    audit::{self, Actor},
    db::{Lane, Tx},
    events,
    users::Origin,
};

fn nothing() -> Error {
    ApiError::not_found("dataset, job or experiment").into()
}

/// Whether the caller may change what they see: their own, or what was shared with them for that. `things` are the thing
/// itself and what it belongs to.
///
/// # Errors
/// `forbidden`.
pub(crate) async fn require_edit(
    lane: impl Into<Lane<'_>>,
    principal: &Principal,
    owner: UserId,
    things: &[Uuid],
) -> Result<(), Error> {
    principal.may_change()?;
    if principal.sees(owner) || sql::may_edit(lane, principal.user_id, things).await? {
        return Ok(());
    }
    Err(ApiError::forbidden("This was shared with you to look at, not to change.").into())
}

/// What only its owner does with a thing, and an admin.
///
/// # Errors
/// `forbidden`.
pub(crate) fn require_owner(principal: &Principal, owner: UserId) -> Result<(), ApiError> {
    principal.may_change()?;
    if principal.sees(owner) { Ok(()) } else { Err(ApiError::forbidden("Only its owner may do that.")) }
}

/// With whom a thing is shared, and what the caller may do with it.
///
/// # Errors
/// `not_found`, also when the caller may not see it.
pub async fn get(platform: &Platform, principal: &Principal, thing: Uuid) -> Result<SharingView, Error> {
    let found = sql::find(&platform.db, principal, thing).await?.ok_or_else(nothing)?;
    let Some(owner) = found.owner else {
        return Ok(SharingView { can_edit: false, can_share: false, owner: None, sharing: Sharing::default() });
    };
    let can_share = require_owner(principal, owner).is_ok();
    let things: Vec<Uuid> = std::iter::once(thing).chain(found.within).collect();
    let can_edit = match require_edit(&platform.db, principal, owner, &things).await {
        Ok(()) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => return Err(error),
    };
    let sharing = if can_share { sql::sharing(&platform.db, thing).await? } else { Sharing::default() };
    Ok(SharingView { can_edit, can_share, owner: Some(found.owner_name), sharing })
}

/// Shares a thing with exactly these people.
///
/// # Errors
/// `not_found`; `forbidden` for what is not one's own; `validation_failed` with `people[0].email` for somebody unknown.
pub async fn set(
    platform: &Platform,
    principal: &Principal,
    thing: Uuid,
    sharing: Sharing,
    origin: &Origin,
) -> Result<SharingView, Error> {
    let sharing = sharing.validate()?;
    let mut transaction = platform.db.begin().await?;
    let found = sql::find(&mut transaction, principal, thing).await?.ok_or_else(nothing)?;
    let sample = || ApiError::forbidden("This ships with Athanor: everybody sees it.");
    let owner = found.owner.ok_or_else(sample)?;
    require_owner(principal, owner)?;
    let people = known(&mut transaction, &sharing.people, owner).await?;
    sql::replace(&mut transaction, thing, sharing.everyone, &people).await?;
    let detail = described(&sharing);
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::Shared, &thing.to_string(), &detail).await?;
    events::commit_access(platform, transaction).await?;
    get(platform, principal, thing).await
}

async fn known(transaction: &mut Tx, people: &[SharedWith], owner: UserId) -> Result<Vec<(UserId, Access)>, Error> {
    let mut known = Vec::new();
    for (at, person) in people.iter().enumerate() {
        let field = format!("people[{at}].email");
        let id = sql::person(transaction, &person.email.to_lowercase()).await?;
        let id = id.ok_or_else(|| ApiError::field(&field, "Nobody here has this e-mail."))?;
        if id == owner {
            return Err(ApiError::field(&field, "It is theirs already.").into());
        }
        known.push((id, person.access));
    }
    Ok(known)
}

fn described(sharing: &Sharing) -> String {
    let word = |access: Access| match access {
        Access::View => "view",
        Access::Edit => "edit",
    };
    let everyone = sharing.everyone.map(|access| format!("everyone: {}", word(access)));
    let people = sharing.people.iter().map(|person| format!("{}: {}", person.email, word(person.access)));
    let all: Vec<String> = everyone.into_iter().chain(people).collect();
    if all.is_empty() { "private".to_owned() } else { all.join(", ") }
}
