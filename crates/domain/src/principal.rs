//! Who is asking, and what they may do. Every use case of `platform` takes one, except those that make one.

use serde::{Deserialize, Serialize};

use crate::{ApiError, SessionId, TokenId, UserId};

/// What a user may do. The first person to register is the admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sees and manages everything.
    Admin,
    /// Sees and manages what is their own, and what others share with them.
    Member,
    /// Sees what others share with them, and changes nothing.
    Viewer,
}

impl Role {
    pub const ALL: &'static [Self] = &[Self::Admin, Self::Member, Self::Viewer];

    /// The name used in tables and tokens.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    /// The reverse of [`Role::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == text)
    }
}

/// How much of what its owner may do an API token may do. Each includes the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look, download and predict.
    Read,
    /// Also upload, train, change and delete.
    Train,
    /// Also manage the account, and people if its owner is an admin.
    Admin,
}

impl Scope {
    pub const ALL: &'static [Self] = &[Self::Read, Self::Train, Self::Admin];

    /// The name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Train => "train",
            Self::Admin => "admin",
        }
    }

    /// The reverse of [`Scope::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }
}

/// What the caller proved who they are with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// A sign-in: everything that its owner may do.
    Session(SessionId),
    /// A token made for a program.
    Token(TokenId, Scope),
}

/// An authenticated caller: the session or token behind the request was looked up and is alive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    pub user_id: UserId,
    pub credential: Credential,
    pub username: String,
    pub role: Role,
}

impl Principal {
    fn scope(&self) -> Scope {
        match self.credential {
            Credential::Session(_) => Scope::Admin,
            Credential::Token(_, scope) => scope,
        }
    }

    /// The sign-in that asks; `None` for a program with a token of its own.
    pub fn session(&self) -> Option<SessionId> {
        match self.credential {
            Credential::Session(id) => Some(id),
            Credential::Token(..) => None,
        }
    }

    /// Whether the caller manages people and sees what belongs to others: an admin, with a credential that says so.
    pub fn is_admin(&self) -> bool {
        self.role == Role::Admin && self.scope() == Scope::Admin
    }

    /// Whether the caller may change what they may see; what they may not see is not found before.
    pub fn can_change(&self) -> bool {
        self.role != Role::Viewer && self.scope() >= Scope::Train
    }

    /// # Errors
    /// `forbidden` for viewers, and for tokens that may only read.
    pub fn may_change(&self) -> Result<(), ApiError> {
        if self.role == Role::Viewer {
            return Err(ApiError::forbidden("Your account may look at things, but not change them."));
        }
        if self.scope() < Scope::Train {
            return Err(ApiError::forbidden("This API token may only read. Make one with the scope \"train\"."));
        }
        Ok(())
    }

    /// # Errors
    /// `forbidden` for tokens of a lesser scope: who has one of them cannot make themselves another.
    pub fn may_manage_account(&self) -> Result<(), ApiError> {
        if self.scope() < Scope::Admin {
            return Err(ApiError::forbidden("This needs a sign-in, or an API token with the scope \"admin\"."));
        }
        Ok(())
    }

    /// # Errors
    /// `forbidden` for everybody else.
    pub fn may_administer(&self) -> Result<(), ApiError> {
        if self.role != Role::Admin {
            return Err(ApiError::forbidden("Only administrators may do that."));
        }
        self.may_manage_account()
    }

    /// Whose things the caller sees whether or not they are shared; `None` is everybody's.
    pub fn sees_only(&self) -> Option<UserId> {
        (!self.is_admin()).then_some(self.user_id)
    }

    /// Whether the caller sees what belongs to `owner` whether or not it is shared.
    pub fn sees(&self, owner: UserId) -> bool {
        self.sees_only().is_none_or(|user| user == owner)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{Credential, Principal, Role, Scope};
    use crate::{SessionId, TokenId, UserId};

    fn caller(role: Role, scope: Option<Scope>) -> Principal {
        let credential = match scope {
            None => Credential::Session(SessionId(Uuid::nil())),
            Some(scope) => Credential::Token(TokenId(Uuid::nil()), scope),
        };
        Principal { user_id: UserId(Uuid::nil()), credential, username: "ada".into(), role }
    }

    #[test]
    fn a_token_may_do_no_more_than_its_scope_and_its_owner() {
        let table = [
            // role, scope, change, account, administer
            (Role::Admin, None, true, true, true),
            (Role::Admin, Some(Scope::Admin), true, true, true),
            (Role::Admin, Some(Scope::Train), true, false, false),
            (Role::Admin, Some(Scope::Read), false, false, false),
            (Role::Member, None, true, true, false),
            (Role::Member, Some(Scope::Admin), true, true, false),
            (Role::Member, Some(Scope::Read), false, false, false),
            (Role::Viewer, None, false, true, false),
            (Role::Viewer, Some(Scope::Train), false, false, false),
        ];
        for (role, scope, change, account, administer) in table {
            let caller = caller(role, scope);
            assert_eq!(caller.may_change().is_ok(), change, "{role:?} {scope:?}");
            assert_eq!(caller.can_change(), change, "{role:?} {scope:?}");
            assert_eq!(caller.may_manage_account().is_ok(), account, "{role:?} {scope:?}");
            assert_eq!(caller.may_administer().is_ok(), administer, "{role:?} {scope:?}");
            assert_eq!(caller.sees_only().is_none(), administer, "{role:?} {scope:?}");
        }
    }
}
