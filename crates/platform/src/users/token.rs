//! JWTs (RFC 7519), HS256. A token only names a session: what it may do is looked up, so that it can be revoked.

use domain::{SessionId, Timestamp, user::UserView};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::{Error, clock};

#[derive(Serialize, Deserialize)]
struct Claims {
    /// The user's id.
    sub: String,
    username: String,
    role: String,
    /// The session's id.
    sid: SessionId,
    /// Seconds since 1970.
    exp: i64,
    iat: i64,
}

pub(super) struct Keys {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Keys {
    pub(super) fn new(secret: &[u8]) -> Self {
        Self { encoding: EncodingKey::from_secret(secret), decoding: DecodingKey::from_secret(secret) }
    }

    pub(super) fn write(&self, user: &UserView, sid: SessionId, expires_at: Timestamp) -> Result<String, Error> {
        let claims = Claims {
            sub: user.id.to_string(),
            username: user.username.clone(),
            role: user.role.as_str().to_owned(),
            sid,
            exp: expires_at.0 / 1_000_000,
            iat: clock::now().0 / 1_000_000,
        };
        encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map_err(|e| Error::Internal(e.to_string()))
    }

    /// The session of a token that we signed and that has not expired.
    pub(super) fn read(&self, token: &str) -> Option<SessionId> {
        let validation = Validation::new(Algorithm::HS256);
        decode::<Claims>(token, &self.decoding, &validation).ok().map(|token| token.claims.sid)
    }
}

#[cfg(test)]
mod tests {
    use domain::{Role, SessionId, Timestamp, UserId, user::UserView};
    use uuid::Uuid;

    use super::{Keys, clock};

    fn ada() -> UserView {
        UserView {
            id: UserId(Uuid::now_v7()),
            email: "ada@example.org".into(),
            username: "ada".into(),
            role: Role::Admin,
            created_at: Timestamp(0),
        }
    }

    #[test]
    fn only_our_own_unexpired_tokens_are_read() {
        let (keys, others) = (Keys::new(&[1; 32]), Keys::new(&[2; 32]));
        let sid = SessionId(Uuid::now_v7());
        let good = keys.write(&ada(), sid, clock::now().plus_seconds(60)).unwrap();
        assert_eq!(keys.read(&good), Some(sid));
        assert_eq!(others.read(&good), None);
        let old = keys.write(&ada(), sid, clock::now().plus_seconds(-3600)).unwrap();
        assert_eq!(keys.read(&old), None);
        assert_eq!(keys.read("not.a.token"), None);
        // {"alg":"none"} with the same claims.
        let claims = good.split('.').nth(1).unwrap();
        assert_eq!(keys.read(&format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")), None);
    }
}
