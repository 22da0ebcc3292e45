//! How a receiver knows that a message is from here: <https://www.standardwebhooks.com>, signatures of version 1.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::Error;

/// By which people, and programs that look for lost secrets, know one.
const PREFIX: &str = "whsec_";

/// A secret as it is shown to whoever made it.
pub(super) fn shown(secret: &[u8]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(secret))
}

/// The header `webhook-signature`: HMAC-SHA-256 over the header `webhook-id`, the header `webhook-timestamp` (seconds since
/// 1970) and the body, with dots between.
///
/// # Errors
/// `Internal`, which no secret of any length causes.
pub(super) fn signature(secret: &[u8], id: &str, seconds: i64, payload: &str) -> Result<String, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)
        .map_err(|error| Error::Internal(format!("a webhook's secret: {error}")))?;
    mac.update(format!("{id}.{seconds}.{payload}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::{PREFIX, shown, signature};

    /// The example of the reference libraries.
    #[test]
    fn signatures_are_those_of_the_standard() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let bytes = STANDARD.decode(secret.strip_prefix(PREFIX).unwrap()).unwrap();
        assert_eq!(shown(&bytes), secret);
        let made = signature(&bytes, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(made, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
