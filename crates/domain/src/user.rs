//! People: what they send to register and sign in, and what is shown of them.

use serde::{Deserialize, Serialize};

use crate::{ApiError, Role, Timestamp, UserId, error::FieldErrors};

/// Shortest and longest password, in bytes. All of them count: see `platform::users::password`.
pub const PASSWORD_BYTES: std::ops::RangeInclusive<usize> = 8..=1024;
const EMAIL_BYTES: usize = 254;
const NAME_CHARS: usize = 100;

/// `POST /api/auth/register`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// What to sign in with, in any case of its letters.
    #[cfg_attr(feature = "openapi", schema(min_length = 3, max_length = 254))]
    pub email: String,
    /// At least 8 characters and at most 1,024 bytes, all of which count.
    #[cfg_attr(feature = "openapi", schema(min_length = 8, max_length = 1024))]
    pub password: String,
    /// What to call the person; the part of the e-mail before the @ when absent.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    #[serde(default, alias = "username")]
    pub name: Option<String>,
    /// What follows `invitation=` in the link that an admin made.
    #[serde(default)]
    pub invitation: Option<String>,
}

impl Registration {
    /// Trims, checks every field and says everything that is wrong at once. The password is never trimmed.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        self.email = self.email.trim().to_owned();
        if let Some(why) = email_problem(&self.email) {
            errors.add("email", why);
        }
        check_password("password", &self.password, &mut errors);
        let name = self.name.take().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = &name {
            check_name(name, &mut errors);
        }
        errors.into_result()?;
        self.name = Some(name.unwrap_or_else(|| self.email.split('@').next().unwrap_or_default().to_owned()));
        Ok(self)
    }
}

fn check_name(name: &str, errors: &mut FieldErrors) {
    errors.require(name.chars().count() <= NAME_CHARS, "name", "Use at most 100 characters.");
    errors.require(!name.chars().any(char::is_control), "name", "Leave out control characters.");
}

/// Its length alone: whether it is too easy to guess, `platform` knows.
pub fn check_password(field: &str, password: &str, errors: &mut FieldErrors) {
    if password.len() < *PASSWORD_BYTES.start() {
        errors.add(field, "Use at least 8 characters.");
    } else if password.len() > *PASSWORD_BYTES.end() {
        errors.add(field, "Use at most 1,024 bytes.");
    }
}

pub(crate) fn email_problem(email: &str) -> Option<&'static str> {
    if email.is_empty() {
        return Some("Enter an e-mail address.");
    }
    if email.len() > EMAIL_BYTES {
        return Some("Use at most 254 bytes.");
    }
    // Deliberately loose (RFC 5321 allows nearly everything): only a message to the address proves it.
    let (local, host) = email.rsplit_once('@').unwrap_or_default();
    let plain = !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let ok = plain && !local.is_empty() && !host.is_empty() && !host.starts_with('.') && !host.ends_with('.');
    (!ok).then_some("This does not look like an e-mail address.")
}

/// `POST /api/auth/login`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// As it was registered with.
    pub email: String,
    /// The password.
    pub password: String,
    /// Of the second factor, where there is one: six digits, or a recovery code.
    #[serde(default)]
    pub code: Option<String>,
}

/// What is shown of a user, to themselves and to admins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserView {
    pub id: UserId,
    pub email: String,
    pub username: String,
    pub role: Role,
    pub created_at: Timestamp,
    /// To the minute; absent for somebody who has not been here.
    pub last_seen_at: Option<Timestamp>,
    /// An admin has locked the account: nobody signs in with it.
    pub disabled: bool,
    /// A new password has to be chosen before anything else.
    pub must_change_password: bool,
    /// Whether signing in takes a code as well.
    pub second_factor: bool,
}

/// `PATCH /api/users/{id}`. One's own name; the rest is for admins.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct UserChanges {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub role: Option<Role>,
    /// Locks the account and ends its sessions, or lets it in again.
    #[serde(default)]
    pub disabled: Option<bool>,
    /// Whether a new password has to be chosen at the next sign-in.
    #[serde(default)]
    pub must_change_password: Option<bool>,
}

impl UserChanges {
    /// Trims and checks the name.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        if let Some(name) = &mut self.name {
            *name = name.trim().to_owned();
            let mut errors = FieldErrors::default();
            errors.require(!name.is_empty(), "name", "Enter a name.");
            check_name(name, &mut errors);
            errors.into_result()?;
        }
        Ok(self)
    }

    /// Whether it asks for what only admins may change.
    pub fn is_for_admins(&self) -> bool {
        self.role.is_some() || self.disabled.is_some() || self.must_change_password.is_some()
    }
}

/// `POST /api/auth/password`.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    pub current_password: String,
    pub new_password: String,
}

/// `POST /api/auth/reset`: a new password by a link that an admin made.
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// What follows `link=` in the link.
    pub link: String,
    pub password: String,
}

/// A page of people, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserPage {
    pub users: Vec<UserView>,
    /// How many there are, on all pages.
    pub count: u64,
    /// For the next page; absent on the last one.
    pub next_cursor: Option<UserId>,
}

/// How much somebody owns: what is to be decided before they are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Belongings {
    pub datasets: u64,
    pub experiments: u64,
    pub jobs: u64,
    /// Of the jobs, those that have not ended.
    pub active_jobs: u64,
    pub models: u64,
}

#[cfg(test)]
mod tests {
    use super::Registration;

    fn register(email: &str, password: &str, name: Option<&str>) -> Result<Registration, Vec<String>> {
        let form = Registration {
            email: email.into(),
            password: password.into(),
            name: name.map(Into::into),
            invitation: None,
        };
        form.validate().map_err(|error| error.fields.into_keys().collect())
    }

    #[test]
    fn the_name_defaults_to_the_local_part() {
        assert_eq!(register(" ada@example.org ", "password", None).ok().unwrap().name.unwrap(), "ada");
        assert_eq!(register("ada@example.org", "password", Some("  ")).ok().unwrap().name.unwrap(), "ada");
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        assert_eq!(register("ada", "short", Some("a\u{7}")).err().unwrap(), ["email", "name", "password"]);
    }

    #[test]
    fn passwords_are_counted_in_bytes_and_never_trimmed() {
        assert!(register("a@b", &"x".repeat(1024), None).is_ok());
        assert!(register("a@b", &"x".repeat(1025), None).is_err());
        assert_eq!(register("a@b", " eight  ", None).ok().unwrap().password, " eight  ");
    }
}
