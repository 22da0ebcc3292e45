//! Links that work once and not for long: one invites somebody, another lets somebody choose a new password, so that no admin
//! ever sees or sets one.

use domain::{
    ApiError, LinkId, Principal, Role, UserId,
    access::{InvitationRequest, InvitationView, NewLink},
    audit::Action,
};
use uuid::Uuid;

use super::{Origin, email_key, secret, sql, sql::links::Purpose};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
    db::{Db, Tx},
};

const INVITATION_HOURS: u32 = 7 * 24;
const RESET_SECONDS: i64 = 3_600;

/// The link of an invitation for this e-mail, and what its user becomes; `None` without a secret.
///
/// # Errors
/// `validation_failed` with `invitation`.
pub(super) async fn find_invitation(
    db: &Db,
    secret: Option<&str>,
    email: &str,
) -> Result<Option<(LinkId, Role)>, Error> {
    let Some(secret) = secret else { return Ok(None) };
    match sql::links::find(db, &secret::hash(secret), clock::now()).await? {
        Some((id, Purpose::Invitation { email: only, role })) => {
            if only.is_some_and(|only| email_key(&only) != email) {
                return Err(ApiError::field("email", "This invitation is for another e-mail address.").into());
            }
            Ok(Some((id, role)))
        }
        _ => Err(used_up("invitation")),
    }
}

fn used_up(field: &str) -> Error {
    ApiError::field(field, "This link has been used, or its time is over. Ask for another one.").into()
}

/// Uses a link up.
///
/// # Errors
/// `validation_failed` when somebody else was faster.
pub(super) async fn take(transaction: &mut Tx, id: LinkId) -> Result<(), Error> {
    if sql::links::take(transaction, id).await? { Ok(()) } else { Err(used_up("invitation")) }
}

/// Whose password a link is for.
///
/// # Errors
/// `validation_failed` with `link`.
pub(super) async fn find_reset(db: &Db, secret: &str) -> Result<(LinkId, UserId), Error> {
    match sql::links::find(db, &secret::hash(secret), clock::now()).await? {
        Some((id, Purpose::Reset { user_id })) => Ok((id, user_id)),
        _ => Err(used_up("link")),
    }
}

/// Makes a link by which somebody can make an account; for admins.
///
/// # Errors
/// `forbidden`, or `validation_failed` with every wrong field.
pub async fn invite(
    platform: &Platform,
    principal: &Principal,
    wanted: InvitationRequest,
    origin: &Origin,
) -> Result<NewLink, Error> {
    principal.may_administer()?;
    let wanted = wanted.validate()?;
    let (id, secret, now) = (LinkId(Uuid::now_v7()), secret::make("")?, clock::now());
    let hours = wanted.expires_in_hours.unwrap_or(INVITATION_HOURS);
    let expires_at = now.plus_seconds(i64::from(hours) * 3_600);
    let role = wanted.role.unwrap_or(Role::Member);
    let (object, actor) = (wanted.email.clone().unwrap_or_default(), Actor::caller(principal, origin));
    let purpose = Purpose::Invitation { email: wanted.email, role };
    let mut transaction = platform.db.begin().await?;
    sql::links::insert(&mut transaction, id, &purpose, &secret::hash(&secret), (now, expires_at)).await?;
    audit::record(&mut transaction, &actor, Action::Invited, &object, role.as_str()).await?;
    transaction.commit().await?;
    Ok(NewLink { id, path: format!("/register?invitation={secret}"), expires_at })
}

/// Invitations that nobody has used yet; for admins.
pub async fn invitations(platform: &Platform, principal: &Principal) -> Result<Vec<InvitationView>, Error> {
    principal.may_administer()?;
    sql::links::invitations(&platform.db, clock::now()).await
}

/// # Errors
/// `forbidden`, or `not_found`.
pub async fn withdraw_invitation(
    platform: &Platform,
    principal: &Principal,
    id: LinkId,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_administer()?;
    let mut transaction = platform.db.begin().await?;
    let email = sql::links::withdraw(&mut transaction, id).await?;
    let email = email.ok_or_else(|| ApiError::not_found("invitation"))?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::InvitationWithdrawn, &email, "").await?;
    transaction.commit().await
}

/// Makes a link by which a person chooses a new password, within the hour; for admins. The old one works until then.
///
/// # Errors
/// `forbidden`, or `not_found`.
pub async fn reset_link(
    platform: &Platform,
    principal: &Principal,
    id: UserId,
    origin: &Origin,
) -> Result<NewLink, Error> {
    principal.may_administer()?;
    make_reset(&platform.db, id, &Actor::caller(principal, origin)).await
}

pub(super) async fn make_reset(db: &Db, user_id: UserId, actor: &Actor) -> Result<NewLink, Error> {
    let (id, secret, now) = (LinkId(Uuid::now_v7()), secret::make("")?, clock::now());
    let expires_at = now.plus_seconds(RESET_SECONDS);
    let mut transaction = db.begin().await?;
    let user = sql::find(&mut transaction, user_id).await?.ok_or_else(|| ApiError::not_found("user"))?;
    sql::links::delete_of(&mut transaction, user_id).await?;
    let purpose = Purpose::Reset { user_id };
    sql::links::insert(&mut transaction, id, &purpose, &secret::hash(&secret), (now, expires_at)).await?;
    audit::record(&mut transaction, actor, Action::PasswordResetMade, &user.email, "").await?;
    transaction.commit().await?;
    Ok(NewLink { id, path: format!("/reset?link={secret}"), expires_at })
}
