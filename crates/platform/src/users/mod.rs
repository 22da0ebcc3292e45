//! People: registering, signing in and out, and finding out who is asking.

mod credentials;
mod links;
mod origin;
mod password;
mod passwords;
mod people;
mod second_factor;
mod secret;
mod sessions;
pub(crate) mod sql;
mod strength;
mod throttle;
mod token;
mod tokens;

use std::time::Instant;

use domain::{
    ApiError, ErrorCode, Principal, Role, Timestamp, UserId,
    access::{Entrance, FIRST_ACCOUNT, RegistrationMode},
    audit::Action,
    error::FieldErrors,
    user::{Login, Registration, UserView},
};

pub use credentials::Credentials;
pub(crate) use credentials::Seal;
pub use links::{invitations, invite, reset_link, withdraw_invitation};
pub use origin::Origin;
pub use passwords::{change_password, reset_password};
pub use people::{belongings, change, delete, find, find_by_email, page};
pub(crate) use people::{create, reset_from_command_line};
pub use second_factor::{Enrolment, confirm_second_factor, end_second_factor, enrol_second_factor};
pub(crate) use secret::random;
pub use sessions::{SignedIn, end_other_sessions, end_session, logout, sessions};
pub(crate) use throttle::Throttle;
pub use tokens::{make_token, revoke_token, tokens};

use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
    db::Lock,
};

/// Who was found behind a credential.
pub(crate) struct Found {
    principal: Principal,
    must_change_password: bool,
    /// When it was used last, to the minute.
    seen: Option<Timestamp>,
}

/// How a person is found: by their e-mail in any case.
fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Makes an account and signs in. The first person to register is the admin, so that one has to be on the server's own machine:
/// otherwise a server would belong to whichever stranger finds it first.
///
/// # Errors
/// `validation_failed` with the fields, `email_taken`, or `forbidden` where accounts are made by admins or on the machine only.
pub async fn register(platform: &Platform, form: Registration, origin: &Origin) -> Result<SignedIn, Error> {
    let form = form.validate()?;
    let email_key = email_key(&form.email);
    let name = form.name.unwrap_or_else(|| form.email.clone());
    let mut errors = FieldErrors::default();
    strength::check("password", &form.password, &[&form.email, &name], &mut errors);
    errors.into_result()?;
    let invitation = form.invitation.filter(|secret| !secret.is_empty());
    // Asked before the costly hash; what is decided in the transaction decides.
    let first = !sql::anybody(&platform.db).await?;
    let invited = links::find_invitation(&platform.db, invitation.as_deref(), &email_key).await?;
    if invited.is_none() {
        may_register(platform.config.registration, first, origin)?;
    }
    if sql::find_by_email(&platform.db, &email_key).await?.is_some() {
        return Err(email_taken());
    }
    let password_hash = platform.credentials.hash(form.password).await?;
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    transaction.lock(Lock::Admins).await?;
    let first = !sql::anybody(&mut transaction).await?;
    let role = match invited {
        Some((link, role)) => {
            links::take(&mut transaction, link).await?;
            role
        }
        None => {
            may_register(platform.config.registration, first, origin)?;
            if first { Role::Admin } else { Role::Member }
        }
    };
    let user = people::fresh(&form.email, name, role, now);
    if !sql::insert(&mut transaction, &user, &email_key, &password_hash).await? {
        return Err(email_taken());
    }
    let actor = Actor::user(user.id, &user.username, origin);
    audit::record(&mut transaction, &actor, Action::Registered, &user.email, role.as_str()).await?;
    let session = sessions::open(platform, &mut transaction, user.id, now, origin).await?;
    transaction.commit().await?;
    sessions::signed_in(platform, user, session)
}

/// Without an invitation.
fn may_register(mode: RegistrationMode, first: bool, origin: &Origin) -> Result<(), ApiError> {
    match entrance(mode, first, origin) {
        Entrance::Open => Ok(()),
        Entrance::OnTheMachine => Err(ApiError::forbidden(format!(
            "Nobody has an account here yet. The first one is made on the machine of the server, with: {FIRST_ACCOUNT}"
        ))),
        Entrance::ByInvitation => {
            Err(ApiError::forbidden("Accounts are made by invitation here. Ask an administrator for a link."))
        }
        Entrance::Closed => {
            Err(ApiError::forbidden("Nobody can register here. Ask whoever runs this server for an account."))
        }
    }
}

/// How a stranger who comes from `origin` can make an account; `first`: nobody has one yet.
fn entrance(mode: RegistrationMode, first: bool, origin: &Origin) -> Entrance {
    match mode {
        RegistrationMode::Closed => Entrance::Closed,
        _ if first && !origin.here => Entrance::OnTheMachine,
        RegistrationMode::Invite if !first => Entrance::ByInvitation,
        RegistrationMode::Open | RegistrationMode::Invite => Entrance::Open,
    }
}

fn email_taken() -> Error {
    let error = ApiError::new(ErrorCode::EmailTaken, "Somebody has registered with this e-mail already.");
    Error::Refused(error.with_field("email", "Somebody has registered with this e-mail already."))
}

/// Signs in. A wrong e-mail takes as long as a wrong password and says the same.
///
/// # Errors
/// `invalid_credentials`; `code_required` when only the code of the second factor is missing or wrong; `busy` after many
/// tries.
pub async fn login(platform: &Platform, form: Login, origin: &Origin) -> Result<SignedIn, Error> {
    let email_key = email_key(&form.email);
    let known = match origin.address_text() {
        Some(address) => sql::sessions::was_here(&platform.db, &email_key, &address).await?,
        None => false,
    };
    let attempt = throttle::Attempt::new(&email_key, origin.address, known);
    platform.throttle.begin(&attempt, Instant::now()).map_err(too_many_tries)?;
    let found = sql::find_by_email(&platform.db, &email_key).await?;
    // The account of nobody takes as long to open as a locked one, and as one that is there.
    let (user, hash) = match found {
        Some((user, hash)) if !user.disabled => (Some(user), Some(hash)),
        _ => (None, None),
    };
    let right = platform.credentials.verify(form.password.clone(), hash.clone()).await?;
    let (Some(user), Some(hash), true) = (user, hash, right) else {
        let stranger = Actor::stranger(origin);
        audit::record(platform.db.writer(), &stranger, Action::SignInFailed, form.email.trim(), "password").await?;
        return Err(ApiError::new(ErrorCode::InvalidCredentials, "E-mail or password is wrong.").into());
    };
    if user.second_factor {
        let code = form.code.as_deref().map(str::trim).filter(|code| !code.is_empty());
        if let Err(refused) = second_factor::check(platform, user.id, code).await {
            if code.is_some() {
                let actor = Actor::user(user.id, &user.username, origin);
                audit::record(platform.db.writer(), &actor, Action::SignInFailed, &user.email, "code").await?;
            }
            return Err(refused);
        }
    }
    platform.throttle.succeeded(&attempt);
    if platform.credentials.is_outdated(&hash) {
        let again = platform.credentials.hash(form.password).await?;
        sql::rehash(&platform.db, user.id, &hash, &again).await?;
    }
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    sql::sessions::delete_expired(&mut transaction, now, sessions::idle_since(platform, now)).await?;
    sql::links::delete_expired(&mut transaction, now).await?;
    let actor = Actor::user(user.id, &user.username, origin);
    audit::record(&mut transaction, &actor, Action::SignedIn, &user.email, "").await?;
    let session = sessions::open(platform, &mut transaction, user.id, now, origin).await?;
    transaction.commit().await?;
    sessions::signed_in(platform, user, session)
}

fn too_many_tries(wait: std::time::Duration) -> ApiError {
    let seconds = wait.as_secs() + 1;
    ApiError::busy(format!("Too many tries to sign in. Try again in {seconds} seconds."), seconds)
}

/// Who holds a token, and how much of what they may do they may do now.
pub enum Identity {
    Caller(Principal),
    /// Somebody who has to choose a new password before anything else: they may choose it, look at their account, and leave.
    AccountOnly(Principal),
}

/// Who may do what they may: the holder of this token.
///
/// # Errors
/// As of [`identify`]; `password_change_required` until that is done.
pub async fn authenticate(platform: &Platform, token: &str) -> Result<Principal, Error> {
    match identify(platform, token).await? {
        Identity::Caller(principal) => Ok(principal),
        Identity::AccountOnly(_) => {
            let sentence = "Choose a new password first: an administrator has asked for it.";
            Err(ApiError::new(ErrorCode::PasswordChangeRequired, sentence).into())
        }
    }
}

/// As [`authenticate`], for what somebody may do also before a new password was chosen.
///
/// # Errors
/// As of [`identify`].
pub async fn authenticate_for_account(platform: &Platform, token: &str) -> Result<Principal, Error> {
    match identify(platform, token).await? {
        Identity::Caller(principal) | Identity::AccountOnly(principal) => Ok(principal),
    }
}

/// Who holds this token: that of a session, or one made for a program. The session must still be there: logging out deletes it.
///
/// # Errors
/// `unauthenticated` for anything but a good token.
pub async fn identify(platform: &Platform, token: &str) -> Result<Identity, Error> {
    let now = clock::now();
    let found = if tokens::is_one(token) {
        sql::tokens::principal(&platform.db, &secret::hash(token), now).await?
    } else {
        let id = platform.credentials.read_token(token).ok_or_else(ApiError::unauthenticated)?;
        sql::sessions::principal(&platform.db, id, (now, sessions::idle_since(platform, now))).await?
    };
    let found = found.ok_or_else(ApiError::unauthenticated)?;
    sessions::remember_seen(platform, &found, now);
    let Found { principal, must_change_password, .. } = found;
    Ok(if must_change_password { Identity::AccountOnly(principal) } else { Identity::Caller(principal) })
}

/// The caller's own account.
pub async fn me(platform: &Platform, principal: &Principal) -> Result<UserView, Error> {
    let found = sql::find(&platform.db, principal.user_id).await?;
    found.ok_or_else(|| ApiError::unauthenticated().into())
}

/// Whether anybody has registered yet.
pub async fn any(platform: &Platform) -> Result<bool, Error> {
    sql::anybody(&platform.db).await
}

/// How a stranger can make an account now, without an invitation.
pub async fn entrance_from(platform: &Platform, origin: &Origin) -> Result<Entrance, Error> {
    Ok(entrance(platform.config.registration, !any(platform).await?, origin))
}

/// The hash of a person's password, to be asked for it again.
async fn require_password(platform: &Platform, id: UserId, field: &str, typed: &str) -> Result<(), Error> {
    let (_, hash) = sql::find_with_hash(&platform.db, id).await?.ok_or_else(ApiError::unauthenticated)?;
    let attempt = throttle::Attempt::new(&format!("again:{id}"), None, false);
    platform.throttle.begin(&attempt, Instant::now()).map_err(too_many_tries)?;
    if !platform.credentials.verify(typed.to_owned(), Some(hash)).await? {
        return Err(ApiError::field(field, "This is not your password.").into());
    }
    platform.throttle.succeeded(&attempt);
    Ok(())
}
