//! Who is asking: a handler that takes [`CurrentUser`] cannot be called signed out. And where from.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use domain::{ApiError, Principal};
use platform::users::{self, Identity, Origin};

use super::{
    client_address::{ClientAddress, OnThisMachine},
    cookie,
    error::Failure,
};
use crate::state::AppState;

/// How the caller proved who they are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// `Authorization: Bearer`: a program. No browser sends it by itself.
    Bearer,
    /// The session cookie: browsers send it whoever asks them to.
    Cookie,
}

/// The token of a request and where it was. A Bearer header wins over a cookie.
pub fn credentials(headers: &HeaderMap) -> Option<(String, Proof)> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then(|| (token.trim().to_owned(), Proof::Bearer));
    }
    cookie::token(headers).map(|token| (token, Proof::Cookie))
}

/// The signed-in caller.
pub struct CurrentUser(pub Principal);

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let (token, _) = credentials(&parts.headers).ok_or_else(ApiError::unauthenticated)?;
        Ok(Self(users::authenticate(&state.platform, &token).await?))
    }
}

/// The signed-in caller, also one who has to choose a new password before anything else.
pub struct AccountOwner(pub Principal);

impl FromRequestParts<AppState> for AccountOwner {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let (token, _) = credentials(&parts.headers).ok_or_else(ApiError::unauthenticated)?;
        Ok(Self(users::authenticate_for_account(&state.platform, &token).await?))
    }
}

/// Where a request came from.
pub struct From(pub Origin);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Self(origin(parts)))
    }
}

/// Where a request came from.
pub fn origin(parts: &Parts) -> Origin {
    let address = parts.extensions.get::<ClientAddress>().map(|ClientAddress(address)| *address);
    let agent = parts.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Origin { here: parts.extensions.get::<OnThisMachine>().is_some(), ..Origin::new(address, agent) }
}

/// Who asks, if they are signed in; for pages that everybody may see.
pub async fn identify(state: &AppState, headers: &HeaderMap) -> Result<Option<Identity>, Failure> {
    let Some((token, _)) = credentials(headers) else { return Ok(None) };
    match users::identify(&state.platform, &token).await {
        Ok(identity) => Ok(Some(identity)),
        Err(platform::Error::Refused(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
