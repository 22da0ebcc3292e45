//! Who is asking. Every use case of `platform` takes one, except those that make one.

use serde::{Deserialize, Serialize};

use crate::{SessionId, UserId};

/// What a user may do. The first person to register is the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees and manages everything.
    Admin,
    /// Sees and manages what is their own.
    Member,
}

impl Role {
    /// The name used in tables and tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
        }
    }

    /// The reverse of [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "admin" => Some(Self::Admin),
            "member" => Some(Self::Member),
            _ => None,
        }
    }
}

/// An authenticated caller: the session behind the token was looked up and is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub user_id: UserId,
    pub session_id: SessionId,
    pub username: String,
    pub role: Role,
}

impl Principal {
    /// Whose things the caller may see; `None` is everybody's.
    pub fn sees_only(&self) -> Option<UserId> {
        (self.role != Role::Admin).then_some(self.user_id)
    }

    /// Whether the caller may see what belongs to `owner`.
    pub fn sees(&self, owner: UserId) -> bool {
        self.sees_only().is_none_or(|user| user == owner)
    }
}
