//! People, for admins; and whether strangers may register.

use domain::{
    LinkId, Role, UserId,
    access::{Entrance, InvitationView, NewLink},
    audit::AuditPage,
    user::{Belongings, UserPage, UserView},
};
use leptos::prelude::*;
use uuid::Uuid;

use super::error::UiError;

/// How whoever asks can make an account without an invitation.
#[server(prefix = "/api/fn", endpoint = "way_in")]
pub async fn way_in() -> Result<Entrance, UiError> {
    let platform = crate::ssr::platform()?;
    platform::users::entrance_from(&platform, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}

/// People whose name or e-mail contains `search`, newest first.
#[server(prefix = "/api/fn", endpoint = "people")]
pub async fn people(
    #[server(default)] search: String,
    #[server(default)] after: Option<UserId>,
) -> Result<UserPage, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::page(&platform, &principal, Some(&search), after, 50).await.map_err(crate::ssr::fail)
}

/// How much somebody owns.
#[server(prefix = "/api/fn", endpoint = "what_they_own")]
pub async fn what_they_own(id: UserId) -> Result<Belongings, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::belongings(&platform, &principal, id).await.map_err(crate::ssr::fail)
}

/// Changes somebody's role, lock or password change; what is absent stays.
#[server(prefix = "/api/fn", endpoint = "change_person")]
pub async fn change_person(
    id: UserId,
    #[server(default)] role: Option<Role>,
    #[server(default)] disabled: Option<bool>,
    #[server(default)] must_change_password: Option<bool>,
) -> Result<UserView, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let changes = domain::user::UserChanges { name: None, role, disabled, must_change_password };
    let changed = platform::users::change(&platform, &principal, id, changes, &crate::ssr::origin()).await;
    changed.map_err(crate::ssr::fail)
}

/// Deletes somebody; what they own becomes the heir's (an e-mail), or is deleted when that is empty.
#[server(prefix = "/api/fn", endpoint = "delete_person")]
pub async fn delete_person(id: UserId, #[server(default)] heir: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let heir = heir.trim();
    let heir = if heir.is_empty() {
        None
    } else {
        let found = platform::users::find_by_email(&platform, &principal, heir).await.map_err(crate::ssr::fail)?;
        Some(found.id)
    };
    let deleted = platform::users::delete(&platform, &principal, id, None, heir, &crate::ssr::origin()).await;
    deleted.map_err(crate::ssr::fail)
}

/// Makes a link by which somebody chooses a new password, and says whose it is.
#[server(prefix = "/api/fn", endpoint = "make_reset_link")]
pub async fn make_reset_link(id: UserId) -> Result<(UserId, NewLink), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let made = platform::users::reset_link(&platform, &principal, id, &crate::ssr::origin()).await;
    made.map(|link| (id, link)).map_err(crate::ssr::fail)
}

/// Switches off the second factor of somebody who has lost it, with the caller's own password.
#[server(prefix = "/api/fn", endpoint = "end_second_factor_of")]
pub async fn end_second_factor_of(id: UserId, password: String) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let ended = platform::users::end_second_factor(&platform, &principal, id, &password, &crate::ssr::origin()).await;
    ended.map_err(crate::ssr::fail)
}

/// Invitations that nobody has used yet.
#[server(prefix = "/api/fn", endpoint = "invitations")]
pub async fn invitations() -> Result<Vec<InvitationView>, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::users::invitations(&platform, &principal).await.map_err(crate::ssr::fail)
}

/// Makes a link by which one person can make an account; for anybody without an e-mail.
#[server(prefix = "/api/fn", endpoint = "invite")]
pub async fn invite(#[server(default)] email: String, role: Role) -> Result<NewLink, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let wanted = domain::access::InvitationRequest { email: Some(email), role: Some(role), expires_in_hours: None };
    platform::users::invite(&platform, &principal, wanted, &crate::ssr::origin()).await.map_err(crate::ssr::fail)
}

/// Withdraws an invitation.
#[server(prefix = "/api/fn", endpoint = "withdraw_invitation")]
pub async fn withdraw_invitation(id: LinkId) -> Result<(), UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let withdrawn = platform::users::withdraw_invitation(&platform, &principal, id, &crate::ssr::origin()).await;
    withdrawn.map_err(crate::ssr::fail)
}

/// A page of the audit log.
#[server(prefix = "/api/fn", endpoint = "audit_log")]
pub async fn audit_log(#[server(default)] before: Option<Uuid>) -> Result<AuditPage, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::audit::page(&platform, &principal, before).await.map_err(crate::ssr::fail)
}
