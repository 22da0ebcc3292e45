//! What is written down of who came in, and of what was done to accounts.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Timestamp, UserId};

macro_rules! actions {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal;)*) => {
        /// What somebody did, or tried to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Action { $($(#[doc = $doc])* $name),* }

        impl Action {
            /// The name used in tables and JSON.
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $text),* } }

            /// The reverse of [`Action::as_str`].
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$name),)* _ => None } }
        }
    };
}

actions! {
    /// An account was made.
    Registered = "registered";
    SignedIn = "signed_in";
    /// The object is the e-mail that was tried.
    SignInFailed = "sign_in_failed";
    SignedOut = "signed_out";
    PasswordChanged = "password_changed";
    /// An admin made a link by which somebody chooses a new password.
    PasswordResetMade = "password_reset_made";
    SessionsEnded = "sessions_ended";
    TokenMade = "token_made";
    TokenRevoked = "token_revoked";
    Invited = "invited";
    InvitationWithdrawn = "invitation_withdrawn";
    AccountChanged = "account_changed";
    AccountDeleted = "account_deleted";
    SecondFactorOn = "second_factor_on";
    SecondFactorOff = "second_factor_off";
    Shared = "shared";
    /// The object is where it sends to.
    WebhookMade = "webhook_made";
    WebhookRemoved = "webhook_removed";
}

/// A line of the audit log. Nobody can change one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntry {
    pub id: Uuid,
    pub at: Timestamp,
    /// Absent when nobody was signed in, and for what the command line did.
    pub actor_id: Option<UserId>,
    /// The name that the actor had then.
    pub actor: String,
    pub action: Action,
    /// What it was done to: an e-mail, the name of a token, ...
    pub object: String,
    /// What about it: "role: member to admin".
    pub detail: String,
    /// From where; absent for the command line.
    pub address: Option<String>,
}

/// A page of the audit log, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    pub entries: Vec<AuditEntry>,
    /// Give it as `before` for the next page; absent on the last one.
    pub next_before: Option<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn tables_and_json_have_the_same_names() {
        for action in [Action::Registered, Action::SignInFailed, Action::SecondFactorOn, Action::PasswordResetMade] {
            assert_eq!(serde_json::to_value(action).unwrap(), action.as_str());
            assert_eq!(Action::parse(action.as_str()), Some(action));
        }
    }
}
