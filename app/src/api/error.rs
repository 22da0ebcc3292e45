//! The error of server functions: the platform's refusal, or that the server could not be reached.

use domain::{ApiError, ErrorCode};
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// A newtype, because the trait and [`ApiError`] both live elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UiError(pub ApiError);

impl FromServerFnError for UiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let (code, sentence) = match &error {
            ServerFnErrorErr::Request(_) => (ErrorCode::Offline, sentence(ErrorCode::Offline)),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => {
                (ErrorCode::BadRequest, marked!("The form could not be read. Reload the page and try again."))
            }
            _ => (ErrorCode::Internal, sentence(ErrorCode::Internal)),
        };
        // Arguments are read before a server function begins, so that it cannot say this itself.
        #[cfg(feature = "ssr")]
        crate::ssr::set_status_for_programs(code);
        Self(ApiError::new(code, sentence))
    }
}

impl UiError {
    /// Of a code, with the sentence that is said when nothing more is known.
    pub fn of(code: ErrorCode) -> Self {
        Self(ApiError::new(code, sentence(code)))
    }
}

impl From<ApiError> for UiError {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

/// What is said of a code when nothing more is known, or when what came with it cannot be trusted: in English, as
/// everything that comes from the server.
pub fn sentence(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::BadRequest
        | ErrorCode::MethodNotAllowed
        | ErrorCode::UnsupportedMediaType
        | ErrorCode::RangeNotSatisfiable
        | ErrorCode::Misdirected => {
            marked!("The request could not be read.")
        }
        ErrorCode::Unauthenticated => marked!("Sign in first."),
        ErrorCode::InvalidCredentials => marked!("E-mail or password is wrong."),
        ErrorCode::PasswordChangeRequired => marked!("Choose a new password first: an administrator has asked for it."),
        ErrorCode::CodeRequired => marked!("Enter the code that your app shows."),
        ErrorCode::Forbidden => marked!("You may not do that."),
        ErrorCode::NotFound => marked!("There is no such thing."),
        ErrorCode::Conflict => marked!("That cannot be done now."),
        ErrorCode::EmailTaken => marked!("Somebody has registered with this e-mail already."),
        ErrorCode::TooLarge => marked!("The file is too large for this server."),
        ErrorCode::ValidationFailed => marked!("Something in the form is not right. Check the values and try again."),
        ErrorCode::InvalidDataset => {
            marked!("The file is not a table that can be read: the columns of every line must match the header.")
        }
        ErrorCode::Busy => marked!("The server is busy. Try again in a moment."),
        ErrorCode::Internal => marked!("Something went wrong on our side. The log has the details."),
        ErrorCode::Unavailable => marked!("The server cannot reach its storage. Try again in a moment."),
        ErrorCode::StorageFull => marked!("The server's disk is full."),
        ErrorCode::Offline => marked!("The server cannot be reached. Check your connection and try again."),
    }
}
