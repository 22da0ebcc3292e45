//! The one table of error codes, and the failure shape of the HTTP contract.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $text:literal, $status:literal;)*) => {
        /// Why something was refused. The code is the contract; the sentence beside it is for people.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ErrorCode { $($(#[doc = $doc])* #[serde(rename = $text)] $name),* }

        impl ErrorCode {
            /// Every code, for the documentation and its test.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The code as it appears in JSON.
            pub fn as_str(self) -> &'static str { match self { $(Self::$name => $text),* } }

            /// The HTTP status that carries it.
            pub fn http_status(self) -> u16 { match self { $(Self::$name => $status),* } }

            /// The reverse of [`ErrorCode::as_str`]; `None` for a code that this version does not know.
            pub fn parse(text: &str) -> Option<Self> { match text { $($text => Some(Self::$name),)* _ => None } }
        }
    };
}

codes! {
    /// The body, a parameter or the path could not be read at all.
    BadRequest = "bad_request", 400;
    /// Nobody is signed in, or the token is wrong, expired or revoked.
    Unauthenticated = "unauthenticated", 401;
    /// E-mail or password is wrong; never says which.
    InvalidCredentials = "invalid_credentials", 401;
    /// Signed in, but this is not allowed (never used to hide what exists: that is `not_found`).
    Forbidden = "forbidden", 403;
    /// The caller has to choose a new password before anything else.
    PasswordChangeRequired = "password_change_required", 403;
    /// E-mail and password are right, and a code of the second factor is needed too.
    CodeRequired = "code_required", 401;
    /// There is no such thing, or the caller may not know that there is.
    NotFound = "not_found", 404;
    /// The path exists, the method does not.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The thing is in a state in which this cannot be done.
    Conflict = "conflict", 409;
    /// Somebody has registered with this e-mail already.
    EmailTaken = "email_taken", 409;
    /// The body is larger than the limit.
    TooLarge = "too_large", 413;
    /// The content type is not one that this endpoint reads.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The range that is asked for begins behind the end of the file.
    RangeNotSatisfiable = "range_not_satisfiable", 416;
    /// The request names a host that this server does not answer for.
    Misdirected = "misdirected", 421;
    /// Fields are missing or wrong; `fields` says which and why.
    ValidationFailed = "validation_failed", 422;
    /// The file is not a dataset; `fields.file` names line and reason.
    InvalidDataset = "invalid_dataset", 422;
    /// Too many requests; the header `Retry-After` says when to try again.
    Busy = "busy", 429;
    /// A bug or a broken installation. The log has the details under the request id.
    Internal = "internal", 500;
    /// The database or the storage does not answer, or there is too much to do; try again.
    Unavailable = "unavailable", 503;
    /// The disk is full.
    StorageFull = "storage_full", 507;
    /// The browser could not reach the server. Never sent by the server.
    Offline = "offline", 503;
}

// Not derived: in a name that a macro gives, `utoipa` does not see what serde renames.
#[cfg(feature = "openapi")]
mod openapi {
    use utoipa::{
        PartialSchema, ToSchema,
        openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
    };

    impl PartialSchema for super::ErrorCode {
        fn schema() -> RefOr<Schema> {
            ObjectBuilder::new()
                .schema_type(Type::String)
                .description(Some("Why something was refused: for programs, and it does not change."))
                .enum_values(Some(Self::ALL.iter().map(|code| code.as_str())))
                .build()
                .into()
        }
    }

    impl ToSchema for super::ErrorCode {}
}

/// A refusal that a caller may see: code, sentence, and per field why. Never holds internal detail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ApiError {
    /// For programs.
    pub code: ErrorCode,
    /// A sentence for a person.
    #[serde(rename = "error")]
    pub message: String,
    /// Field name to reason; empty when no single field is to blame.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// When to try again; also in the header `Retry-After`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_seconds: Option<u64>,
}

impl ApiError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: BTreeMap::new(), retry_after_seconds: None }
    }

    /// `what` is "job", "dataset", ...: "There is no such job."
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
    }

    pub fn unauthenticated() -> Self {
        Self::new(ErrorCode::Unauthenticated, "Sign in first.")
    }

    /// Signed in, but this is not for them.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, message)
    }

    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Conflict, message)
    }

    pub fn internal() -> Self {
        Self::new(ErrorCode::Internal, "Something went wrong on our side. The log has the details.")
    }

    /// One wrong field; the sentence is made from it.
    pub fn field(name: &str, why: impl Into<String>) -> Self {
        let mut errors = FieldErrors::default();
        errors.add(name, why);
        errors.into_error()
    }

    /// Too much at once: it may be tried again in so many seconds.
    pub fn busy(message: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after_seconds: Some(seconds), ..Self::new(ErrorCode::Busy, message) }
    }

    /// Adds the reason for one field.
    #[must_use]
    pub fn with_field(mut self, name: &str, why: impl Into<String>) -> Self {
        self.fields.insert(name.to_owned(), why.into());
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ApiError {}

/// Collects what is wrong with a form, so that everything is said at once.
#[derive(Debug, Default)]
pub struct FieldErrors(BTreeMap<String, String>);

impl FieldErrors {
    /// Keeps the first reason for a field.
    pub fn add(&mut self, name: &str, why: impl Into<String>) {
        self.0.entry(name.to_owned()).or_insert_with(|| why.into());
    }

    /// Adds `why` when `ok` is false.
    pub fn require(&mut self, ok: bool, name: &str, why: impl Into<String>) {
        if !ok {
            self.add(name, why);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many fields are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `Ok` when nothing was added.
    pub fn into_result(self) -> Result<(), ApiError> {
        if self.is_empty() { Ok(()) } else { Err(self.into_error()) }
    }

    fn into_error(self) -> ApiError {
        let message = self.0.iter().map(|(field, why)| format!("{field}: {why}")).collect::<Vec<_>>().join(" ");
        ApiError { fields: self.0, ..ApiError::new(ErrorCode::ValidationFailed, message) }
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiError, ErrorCode};

    #[test]
    fn codes_survive_the_round_trip_and_answer_with_an_error_status() {
        for &code in ErrorCode::ALL {
            assert_eq!(ErrorCode::parse(code.as_str()), Some(code));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
            assert!((400..600).contains(&code.http_status()), "{code:?}");
        }
    }

    #[test]
    fn a_field_error_names_its_field_in_the_sentence() {
        let error = ApiError::field("epochs", "Must be at least 1.");
        assert_eq!(error.message, "epochs: Must be at least 1.");
        assert_eq!(error.fields["epochs"], "Must be at least 1.");
    }
}
