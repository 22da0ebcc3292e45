//! Who came in, and what was done to accounts: written in the transaction that does it, read by admins, changed by nobody.

mod sql;

use domain::{
    Principal, UserId,
    audit::{Action, AuditPage},
};
use uuid::Uuid;

use crate::{Error, Platform, db::Lane, users::Origin};

/// Entries on a page.
pub const PAGE: u32 = 100;
const TEXT_CHARS: usize = 300;

/// Who did something.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    id: Option<UserId>,
    name: String,
    address: Option<String>,
}

impl Actor {
    pub(crate) fn caller(principal: &Principal, origin: &Origin) -> Self {
        Self { id: Some(principal.user_id), name: principal.username.clone(), address: origin.address_text() }
    }

    /// Somebody who is just coming in.
    pub(crate) fn user(id: UserId, name: &str, origin: &Origin) -> Self {
        Self { id: Some(id), name: name.to_owned(), address: origin.address_text() }
    }

    /// Nobody that is known.
    pub(crate) fn stranger(origin: &Origin) -> Self {
        Self { id: None, name: String::new(), address: origin.address_text() }
    }

    /// Whoever runs the server.
    pub(crate) fn command_line() -> Self {
        Self { id: None, name: "command line".to_owned(), address: None }
    }
}

/// Writes a line down. What was typed is cut to a length that is fit for a list.
pub(crate) async fn record(
    lane: impl Into<Lane<'_>>,
    actor: &Actor,
    action: Action,
    object: &str,
    detail: &str,
) -> Result<(), Error> {
    let short = |text: &str| text.chars().take(TEXT_CHARS).collect::<String>();
    // Said in the log too: who watches a server watches its log.
    tracing::info!(
        target: "audit",
        action = action.as_str(),
        actor = actor.name,
        address = actor.address.as_deref().unwrap_or_default(),
        object = short(object),
        detail = short(detail),
        "audit"
    );
    sql::insert(lane, actor, action, &short(object), &short(detail)).await
}

/// The newest entries, or those before one; for admins.
///
/// # Errors
/// `forbidden`.
pub async fn page(platform: &Platform, principal: &Principal, before: Option<Uuid>) -> Result<AuditPage, Error> {
    principal.may_administer()?;
    let mut entries = sql::before(&platform.db, before, PAGE + 1).await?;
    let more = entries.len() > PAGE as usize;
    entries.truncate(PAGE as usize);
    Ok(AuditPage { next_before: entries.last().filter(|_| more).map(|entry| entry.id), entries })
}
