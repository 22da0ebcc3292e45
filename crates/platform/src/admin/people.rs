//! Accounts, for when nobody can log in.

use domain::{Role, access::NewLink, user::UserView};

use super::Site;
use crate::{
    Error,
    users::{self, Credentials},
};

/// Makes an account. Without a password it is chosen by the link that is given.
///
/// # Errors
/// `validation_failed` with the fields, `email_taken`, or a sentence about the installation.
pub async fn create_user(
    site: &Site,
    who: (&str, Option<&str>, Role),
    password: Option<&str>,
) -> Result<(UserView, Option<NewLink>), Error> {
    let credentials = Credentials::beside(&site.paths())?;
    let db = site.write().await?;
    let made = users::create(&db, &credentials, who, password).await;
    db.close().await;
    made
}

/// A link by which somebody chooses a new password, within the hour.
///
/// # Errors
/// When nobody has that e-mail, or a sentence about the installation.
pub async fn reset_password(site: &Site, email: &str) -> Result<NewLink, Error> {
    let db = site.write().await?;
    let made = users::reset_from_command_line(&db, email).await;
    db.close().await;
    made
}

/// Everybody, newest first.
///
/// # Errors
/// A sentence about the installation.
pub async fn list_users(site: &Site) -> Result<Vec<UserView>, Error> {
    let db = site.read().await?;
    let mut all = Vec::new();
    loop {
        let page = users::sql::page(&db, None, all.last().map(|user: &UserView| user.id), 500).await?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    db.close().await;
    Ok(all)
}
