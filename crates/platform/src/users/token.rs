//! JWTs (RFC 7519), HS256. A token only names a session: what it may do is looked up, so that it can be revoked.

use domain::{SessionId, Timestamp, user::UserView};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::{Error, clock};

#[derive(Serialize, Deserialize)]
struct Claims {
    /// Who made it, and for whom: not a token of something else that was given the same secret.
    iss: String,
    aud: String,
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

/// Issuer and audience.
const ATHANOR: &str = "athanor";

pub(super) struct Keys {
    encoding: EncodingKey,
    /// The newest first.
    decoding: Vec<DecodingKey>,
}

impl Keys {
    /// `previous` is what signed before: its tokens are still read.
    pub(super) fn new(secret: &[u8], previous: Option<&[u8]>) -> Self {
        let decoding = std::iter::once(secret).chain(previous).map(DecodingKey::from_secret).collect();
        Self { encoding: EncodingKey::from_secret(secret), decoding }
    }

    pub(super) fn write(&self, user: &UserView, sid: SessionId, expires_at: Timestamp) -> Result<String, Error> {
        let claims = Claims {
            iss: ATHANOR.to_owned(),
            aud: ATHANOR.to_owned(),
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
        // The algorithm is ours, whatever the token says (RFC 8725 section 3.1).
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ATHANOR]);
        validation.set_audience(&[ATHANOR]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        let read = |key| decode::<Claims>(token, key, &validation).ok().map(|token| token.claims.sid);
        self.decoding.iter().find_map(read)
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
            last_seen_at: None,
            disabled: false,
            must_change_password: false,
            second_factor: false,
        }
    }

    #[test]
    fn only_our_own_unexpired_tokens_are_read() {
        let (keys, others) = (Keys::new(&[1; 32], None), Keys::new(&[2; 32], None));
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
        let rotated = Keys::new(&[2; 32], Some(&[1; 32]));
        assert_eq!(rotated.read(&good), Some(sid), "a new secret signs nobody out");
        assert_eq!(keys.read(&rotated.write(&ada(), sid, clock::now().plus_seconds(60)).unwrap()), None);
    }

    /// CVE-2026-25537, and what else a token can be forged with that is signed well.
    #[test]
    fn every_claim_has_to_be_there_and_of_its_kind() {
        use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
        use serde_json::json;
        let keys = Keys::new(&[1; 32], None);
        let sid = SessionId(Uuid::now_v7());
        let exp = clock::now().0 / 1_000_000 + 60;
        let claims = json!({"iss": "athanor", "aud": "athanor", "sub": "1", "username": "ada", "role": "admin", "sid": sid,
            "iat": exp - 60, "exp": exp});
        let sign = |header: Header, claims: &serde_json::Value| {
            encode(&header, claims, &EncodingKey::from_secret(&[1; 32])).unwrap()
        };
        assert_eq!(keys.read(&sign(Header::new(Algorithm::HS256), &claims)), Some(sid));
        assert_eq!(keys.read(&sign(Header::new(Algorithm::HS512), &claims)), None, "another algorithm");
        for (claim, values) in [
            ("exp", vec![json!("soon"), json!(null), json!(-1), json!(exp - 7_200), json!([exp])]),
            ("iss", vec![json!("somebody"), json!(null), json!(["somebody"])]),
            ("aud", vec![json!("somebody"), json!(null)]),
            ("sid", vec![json!("x"), json!(null)]),
        ] {
            for value in values {
                let mut forged = claims.clone();
                forged[claim] = value.clone();
                assert_eq!(keys.read(&sign(Header::new(Algorithm::HS256), &forged)), None, "{claim}: {value}");
            }
            let mut without = claims.clone();
            without.as_object_mut().unwrap().remove(claim);
            assert_eq!(keys.read(&sign(Header::new(Algorithm::HS256), &without)), None, "without {claim}");
        }
    }
}
