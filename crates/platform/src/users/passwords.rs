//! Choosing a new password: with the old one, or by a link that an admin made.

use domain::{
    ApiError, Principal,
    audit::Action,
    error::FieldErrors,
    user::{PasswordChange, PasswordReset, UserView, check_password},
};

use super::{Origin, SignedIn, links, require_password, sessions, sql, strength};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
};

fn check(field: &str, password: &str, user: &UserView) -> Result<(), ApiError> {
    let mut errors = FieldErrors::default();
    check_password(field, password, &mut errors);
    strength::check(field, password, &[&user.email, &user.username], &mut errors);
    errors.into_result()
}

/// Changes the caller's password. All other sign-ins end; API tokens, which their owner sees beside, go on.
///
/// # Errors
/// `validation_failed` with the fields, also when the current password is wrong.
pub async fn change_password(
    platform: &Platform,
    principal: &Principal,
    form: PasswordChange,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_manage_account()?;
    let user = super::me(platform, principal).await?;
    check("new_password", &form.new_password, &user)?;
    require_password(platform, user.id, "current_password", &form.current_password).await?;
    if form.new_password == form.current_password {
        return Err(ApiError::field("new_password", "This is the password that you have now.").into());
    }
    let hash = platform.credentials.hash(form.new_password).await?;
    let mut transaction = platform.db.begin().await?;
    sql::set_password(&mut transaction, user.id, &hash).await?;
    sql::sessions::delete_all(&mut transaction, user.id, principal.session()).await?;
    sql::links::delete_of(&mut transaction, user.id).await?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::PasswordChanged, &user.email, "").await?;
    transaction.commit().await
}

/// Sets a new password by a link, and signs in. All sign-ins, and all API tokens, end: whoever lost a password may have lost
/// them to somebody. The second factor stays.
///
/// # Errors
/// `validation_failed` with `link` or `password`.
pub async fn reset_password(
    platform: &Platform,
    form: PasswordReset,
    origin: &Origin,
) -> Result<Option<SignedIn>, Error> {
    let (link, user_id) = links::find_reset(&platform.db, &form.link).await?;
    let user = sql::find(&platform.db, user_id).await?.ok_or_else(|| ApiError::not_found("user"))?;
    check("password", &form.password, &user)?;
    let hash = platform.credentials.hash(form.password).await?;
    let now = clock::now();
    let mut transaction = platform.db.begin().await?;
    links::take(&mut transaction, link).await?;
    sql::set_password(&mut transaction, user.id, &hash).await?;
    sql::sessions::delete_all(&mut transaction, user.id, None).await?;
    sql::tokens::delete_all(&mut transaction, user.id).await?;
    let actor = Actor::user(user.id, &user.username, origin);
    audit::record(&mut transaction, &actor, Action::PasswordChanged, &user.email, "by a link").await?;
    // Who needs a code to sign in needs one now, too; and who is locked out stays out.
    let session = if user.second_factor || user.disabled {
        None
    } else {
        Some(sessions::open(platform, &mut transaction, user.id, now, origin).await?)
    };
    transaction.commit().await?;
    session.map(|session| sessions::signed_in(platform, user, session)).transpose()
}
