//! A submission that is sent again, because its answer was lost, gives the same job.

use domain::{ApiError, JobId, Principal, Timestamp, job::TrainingRequest};
use sha2::{Digest, Sha256};

use super::sql;
use crate::{
    Error,
    db::{Tx, to_json},
};

const KEY_BYTES: usize = 255;
/// Longer than any client tries again.
const KEPT_SECONDS: i64 = 24 * 3_600;

/// What a client names a submission by: the header `Idempotency-Key`
/// (draft-ietf-httpapi-idempotency-key-header).
#[derive(Clone, Debug)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// # Errors
    /// `validation_failed` for one that is empty, too long, or not made of visible ASCII.
    pub fn parse(text: &str) -> Result<Self, ApiError> {
        let fits = (1..=KEY_BYTES).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        let why = || format!("Must be 1 to {KEY_BYTES} visible ASCII characters, such as a UUID.");
        if fits { Ok(Self(text.to_owned())) } else { Err(refuse(why())) }
    }
}

fn refuse(why: impl Into<String>) -> ApiError {
    ApiError::field("Idempotency-Key", why)
}

/// Takes the key for a new job; gives the job that it was taken for before, if it was, by the same request.
///
/// # Errors
/// `validation_failed` when it was taken by another request.
pub(super) async fn take(
    transaction: &mut Tx,
    principal: &Principal,
    key: &IdempotencyKey,
    request: &TrainingRequest,
    job_id: JobId,
    now: Timestamp,
) -> Result<Option<JobId>, Error> {
    let body = hex::encode(Sha256::digest(to_json("request", request)?));
    sql::forget_keys_before(transaction, now.plus_seconds(-KEPT_SECONDS)).await?;
    if sql::insert_key(transaction, principal.user_id, &key.0, &body, job_id, now).await? {
        return Ok(None);
    }
    let (before, by) = sql::find_key(transaction, principal.user_id, &key.0).await?;
    if by == body {
        Ok(Some(before))
    } else {
        Err(refuse("Was used for another request within the last day. Use a new one.").into())
    }
}

#[cfg(test)]
mod tests {
    use super::IdempotencyKey;

    #[test]
    fn keys_are_short_and_visible() {
        assert!(IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324").is_ok());
        for wrong in ["", "two words", "é", "a\nb", &"x".repeat(256)] {
            let error = IdempotencyKey::parse(wrong).unwrap_err();
            assert!(error.fields.contains_key("Idempotency-Key"), "{wrong}");
        }
    }
}
