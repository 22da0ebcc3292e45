//! With whom datasets, jobs and experiments are shared.

#[cfg(feature = "ssr")]
use domain::share::Sharing;
use domain::share::{Access, SharingView};
use leptos::prelude::*;
use uuid::Uuid;

use super::error::UiError;

/// With whom something is shared, and what the caller may do with it.
#[server(prefix = "/api/fn", endpoint = "shared_with")]
pub async fn shared_with(thing: Uuid) -> Result<SharingView, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    platform::shares::get(&platform, &principal, thing).await.map_err(crate::ssr::fail_aside)
}

/// Lets everybody who is signed in do something with it, or nothing.
#[server(prefix = "/api/fn", endpoint = "share_with_everyone")]
pub async fn share_with_everyone(
    thing: Uuid,
    #[server(default)] access: Option<Access>,
) -> Result<SharingView, UiError> {
    change(thing, |sharing| sharing.everyone = access).await
}

/// Lets somebody do something with it, or, without an access, nothing any more.
#[server(prefix = "/api/fn", endpoint = "share_with")]
pub async fn share_with(
    thing: Uuid,
    email: String,
    #[server(default)] access: Option<Access>,
) -> Result<SharingView, UiError> {
    let key = email.trim().to_lowercase();
    change(thing, move |sharing| {
        sharing.people.retain(|person| person.email.to_lowercase() != key);
        if let Some(access) = access {
            // First, so that what is wrong with it is said of `people[0]`.
            sharing.people.insert(0, domain::share::SharedWith { email, access });
        }
    })
    .await
}

#[cfg(feature = "ssr")]
async fn change(thing: Uuid, how: impl FnOnce(&mut Sharing) + Send) -> Result<SharingView, UiError> {
    let (platform, principal) = crate::ssr::caller()?;
    let mut sharing = platform::shares::get(&platform, &principal, thing).await.map_err(crate::ssr::fail)?.sharing;
    how(&mut sharing);
    let set = platform::shares::set(&platform, &principal, thing, sharing, &crate::ssr::origin()).await;
    set.map_err(crate::ssr::fail)
}
