//! Extractors whose refusals have the failure shape and name the field.

use std::str::FromStr;

use axum::{
    body::HttpBody,
    extract::{FromRequest, FromRequestParts, Path, Query, Request},
    http::{HeaderMap, header, request::Parts},
};
use bytes::Bytes;
use domain::{
    ApiError, DatasetId, ErrorCode, ExperimentId, JobId, LinkId, ModelId, SessionId, TokenId, UserId, WebhookId,
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};

use super::error::Failure;

/// A JSON body. Syntax errors are `bad_request`; a wrong field is `validation_failed` and named.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if !is_json(request.headers()) {
            let sentence = "Send JSON, with the header Content-Type: application/json.";
            return Err(ApiError::new(ErrorCode::UnsupportedMediaType, sentence).into());
        }
        let bytes = whole_body(request, state).await?;
        parse_json(&bytes).map(Self).map_err(Failure)
    }
}

/// Like [`Body`], but an absent body stands for the default.
pub struct OptionalBody<T>(pub T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        if request.body().is_end_stream() {
            return Ok(Self(T::default()));
        }
        // So does null.
        Body::<Option<T>>::from_request(request, state).await.map(|Body(value)| Self(value.unwrap_or_default()))
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

/// Largest JSON or CSV body; uploads have a limit of their own.
pub const BODY_BYTES: usize = 16 << 20;

/// The body within the limit of the route. One that is announced as larger is refused before it is sent.
pub async fn whole_body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Failure> {
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > BODY_BYTES) {
        return Err(ApiError::new(ErrorCode::TooLarge, "The body is too large.").into());
    }
    Bytes::from_request(request, state).await.map_err(|refusal| {
        let code = if refusal.status().as_u16() == 413 { ErrorCode::TooLarge } else { ErrorCode::BadRequest };
        let sentence =
            if code == ErrorCode::TooLarge { "The body is too large." } else { "The body could not be read." };
        ApiError::new(code, sentence).into()
    })
}

/// Reads a JSON object and says which field is wrong.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // Serde would take an array for the fields in their order.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::new(ErrorCode::ValidationFailed, "The body must be an object, not a list."));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(error.inner(), &path)
    })?;
    reader.end().map_err(|error| explain(&error, "."))?;
    Ok(value)
}

fn explain(error: &serde_json::Error, path: &str) -> ApiError {
    let reason = error.to_string();
    if !error.is_data() {
        return ApiError::new(ErrorCode::BadRequest, format!("The body is not JSON: {reason}."));
    }
    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
    // serde knows the name of a missing or unknown field, but its path ends one level above it.
    let named = reason.split('`').nth(1).filter(|_| reason.contains(" field `"));
    let field = match (path, named) {
        ("." | "?" | "", Some(name)) => name.to_owned(),
        ("." | "?" | "", None) => {
            return ApiError::new(ErrorCode::ValidationFailed, format!("The body is wrong: {reason}."));
        }
        (path, Some(name)) if reason.starts_with("missing") => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    };
    let why = match reason {
        text if text.starts_with("missing field") => "Is required.".to_owned(),
        text if text.starts_with("unknown field") => "There is no such field.".to_owned(),
        text => format!("{}.", text.trim_end_matches('.')),
    };
    ApiError::field(&field, why)
}

/// What an id in a path names, for the sentence when there is none.
pub trait Named: FromStr {
    const WHAT: &'static str;
}

macro_rules! named {
    ($($id:ty => $what:literal;)*) => {
        $(impl Named for $id {
            const WHAT: &'static str = $what;
        })*
    };
}

named! {
    JobId => "job";
    UserId => "user";
    SessionId => "session";
    TokenId => "token";
    WebhookId => "webhook";
    LinkId => "invitation";
    DatasetId => "dataset";
    ExperimentId => "experiment";
    ModelId => "model";
    // What can be shared.
    uuid::Uuid => "dataset, job or experiment";
}

/// The id that a part of a path names.
///
/// # Errors
/// `not_found`, when it is none.
fn named<T: Named>(text: &str) -> Result<T, ApiError> {
    text.parse().map_err(|_| ApiError::not_found(T::WHAT))
}

/// An id in the path. One that is not a UUID names nothing, so it is `not_found` too.
pub struct Id<T>(pub T);

impl<T: Named + Send, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let text = Path::<String>::from_request_parts(parts, state).await.map(|Path(text)| text).unwrap_or_default();
        Ok(Self(named(&text)?))
    }
}

/// An id in the path and what follows it, such as the name of a file. What cannot be read names nothing.
pub struct IdAnd<T>(pub T, pub String);

impl<T: Named + Send, S: Send + Sync> FromRequestParts<S> for IdAnd<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let read = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (id, rest) = read.map(|Path(texts)| texts).unwrap_or_default();
        Ok(Self(named(&id)?, rest))
    }
}

/// A sequence number: what the database cannot hold is none.
pub fn sequence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = u64::deserialize(deserializer)?;
    if i64::try_from(number).is_ok() { Ok(number) } else { Err(D::Error::custom("number too large")) }
}

/// A query string. A wrong parameter is `validation_failed`.
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(value)| Self(value)).map_err(|refusal| {
            let text = refusal.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            match text.split_once(": ") {
                Some((field, why)) if !field.contains(' ') => ApiError::field(field, format!("{why}.")).into(),
                _ => ApiError::new(ErrorCode::ValidationFailed, format!("The query is wrong: {text}.")).into(),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use domain::{ErrorCode, job::TrainingRequest, user::Login};

    use super::parse_json;

    fn refused(json: &str) -> (ErrorCode, Vec<String>) {
        let error = parse_json::<TrainingRequest>(json.as_bytes()).unwrap_err();
        (error.code, error.fields.into_keys().collect())
    }

    #[test]
    fn wrong_fields_are_named() {
        assert_eq!(
            refused(r#"{"dataset":"iris","epochs":"ten"}"#),
            (ErrorCode::ValidationFailed, vec!["epochs".into()])
        );
        assert_eq!(refused(r#"{"dataset":"iris","epocs":3}"#), (ErrorCode::ValidationFailed, vec!["epocs".into()]));
        assert_eq!(refused(r#"{"dataset":"#).0, ErrorCode::BadRequest);
        assert_eq!(refused("").0, ErrorCode::BadRequest);
        assert_eq!(refused("[]").0, ErrorCode::ValidationFailed);
        assert_eq!(refused("{} x").0, ErrorCode::BadRequest);
        let missing = parse_json::<Login>(br#"{"email":"a@b"}"#).err().unwrap();
        assert_eq!(missing.fields["password"], "Is required.");
    }
}
