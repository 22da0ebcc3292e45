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
}

impl Registration {
    /// Trims, checks every field and says everything that is wrong at once. The password is never trimmed.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        self.email = self.email.trim().to_owned();
        if let Some(why) = email_problem(&self.email) {
            errors.add("email", why);
        }
        if self.password.len() < *PASSWORD_BYTES.start() {
            errors.add("password", "Use at least 8 characters.");
        } else if self.password.len() > *PASSWORD_BYTES.end() {
            errors.add("password", "Use at most 1,024 bytes.");
        }
        let name = self.name.take().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
        if let Some(name) = &name {
            errors.require(name.chars().count() <= NAME_CHARS, "name", "Use at most 100 characters.");
            errors.require(!name.chars().any(char::is_control), "name", "Leave out control characters.");
        }
        errors.into_result()?;
        self.name = Some(name.unwrap_or_else(|| self.email.split('@').next().unwrap_or_default().to_owned()));
        Ok(self)
    }
}

fn email_problem(email: &str) -> Option<&'static str> {
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
}

#[cfg(test)]
mod tests {
    use super::Registration;

    fn register(email: &str, password: &str, name: Option<&str>) -> Result<Registration, Vec<String>> {
        let form = Registration { email: email.into(), password: password.into(), name: name.map(Into::into) };
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
