//! What lets people and programs in: sessions, API tokens, and the links that invite somebody or replace a password.

use serde::{Deserialize, Serialize};

use crate::{ApiError, LinkId, Role, Scope, SessionId, Timestamp, TokenId, error::FieldErrors, user::email_problem};

/// Who may make an account; the first one, unless `Closed`, is made on the machine of the server (see [`Entrance`]).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RegistrationMode {
    /// Everybody who reaches the server.
    #[default]
    Open,
    /// Who has a link from an admin.
    Invite,
    /// Nobody; accounts are made with `athanor admin create-user`.
    Closed,
}

impl RegistrationMode {
    /// Reads "open", "invite" or "closed".
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "open" => Some(Self::Open),
            "invite" => Some(Self::Invite),
            "closed" => Some(Self::Closed),
            _ => None,
        }
    }
}

/// What makes the first account on the machine of a server.
pub const FIRST_ACCOUNT: &str = "athanor admin create-user E-MAIL --role admin";

/// How a stranger without an invitation can make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entrance {
    Open,
    /// Not before an admin invites them.
    ByInvitation,
    /// Nobody has an account yet, and the first one is made on the machine of the server.
    OnTheMachine,
    Closed,
}

/// One sign-in, as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionView {
    pub id: SessionId,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    /// It ends then at the latest.
    pub expires_at: Timestamp,
    /// Where it was begun from.
    pub address: Option<String>,
    /// What the browser or program called itself.
    pub agent: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

const NAME_CHARS: usize = 100;
const TOKEN_DAYS: u32 = 3_650;
const LINK_HOURS: std::ops::RangeInclusive<u32> = 1..=720;

/// `POST /api/tokens`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    /// What it is for.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 100))]
    pub name: String,
    pub scope: Scope,
    /// Days until it ends; it does not end by itself when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3650))]
    #[serde(default)]
    pub expires_in_days: Option<u32>,
}

impl TokenRequest {
    /// Trims, checks every field and says everything that is wrong at once.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        self.name = self.name.trim().to_owned();
        errors.require(!self.name.is_empty(), "name", "Say what the token is for.");
        errors.require(self.name.chars().count() <= NAME_CHARS, "name", "Use at most 100 characters.");
        errors.require(!self.name.chars().any(char::is_control), "name", "Leave out control characters.");
        let days = self.expires_in_days.is_none_or(|days| (1..=TOKEN_DAYS).contains(&days));
        errors.require(days, "expires_in_days", "Must be between 1 and 3650.");
        errors.into_result()?;
        Ok(self)
    }
}

/// An API token, without itself: that is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenView {
    pub id: TokenId,
    pub name: String,
    pub scope: Scope,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
}

/// A token that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewToken {
    /// For `Authorization: Bearer`. It is not shown again.
    pub secret: String,
    #[serde(flatten)]
    pub token: TokenView,
}

/// `POST /api/invitations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct InvitationRequest {
    /// The only address that may use it; any when absent.
    #[serde(default)]
    pub email: Option<String>,
    /// What whoever uses it becomes; a member when absent.
    #[serde(default)]
    pub role: Option<Role>,
    /// A week when absent.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 720))]
    #[serde(default)]
    pub expires_in_hours: Option<u32>,
}

impl InvitationRequest {
    /// Trims, and checks every field.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        self.email = self.email.map(|email| email.trim().to_owned()).filter(|email| !email.is_empty());
        if let Some(why) = self.email.as_deref().and_then(email_problem) {
            errors.add("email", why);
        }
        let hours = self.expires_in_hours.is_none_or(|hours| LINK_HOURS.contains(&hours));
        errors.require(hours, "expires_in_hours", "Must be between 1 and 720.");
        errors.into_result()?;
        Ok(self)
    }
}

/// A link that nobody has used yet, without what makes it one: that is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct InvitationView {
    pub id: LinkId,
    pub email: Option<String>,
    pub role: Role,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
}

/// A link that was just made. Whoever has it may use it, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewLink {
    pub id: LinkId,
    /// What comes after the address of the server: `/register?invitation=...` or `/reset?link=...`. Not shown again.
    pub path: String,
    pub expires_at: Timestamp,
}
