//! A second factor: codes of thirty seconds (TOTP, RFC 6238) from an app of the user's, and recovery codes for when it is lost.

use domain::{ApiError, ErrorCode, Principal, UserId, audit::Action};
use totp_rs::{Builder, Secret, Totp};

use super::{Origin, Seal, require_password, secret, sql};
use crate::{
    Error, Platform,
    audit::{self, Actor},
    clock,
};

/// 160 bits, as RFC 4226 section 4 recommends.
const SECRET_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;

/// What is shown to whoever sets a second factor up. Nothing is stored until a code proves that the app knows the secret.
#[derive(Clone)]
pub struct Enrolment {
    /// In base 32, for typing it in.
    pub secret: String,
    /// For the app, as a QR code: `otpauth://totp/...`.
    pub address: String,
}

fn totp(bytes: Vec<u8>) -> Result<Totp, Error> {
    let built = Builder::new().with_secret(Secret::new(bytes.into_boxed_slice())).build();
    built.map_err(|error| Error::Internal(format!("a second factor cannot be computed: {error}")))
}

/// Proposes a secret.
///
/// # Errors
/// `forbidden` for API tokens of a lesser scope, `conflict` when there is a second factor already.
pub async fn enrol_second_factor(platform: &Platform, principal: &Principal) -> Result<Enrolment, Error> {
    principal.may_manage_account()?;
    let user = super::me(platform, principal).await?;
    if user.second_factor {
        return Err(ApiError::conflict("There is a second factor already. Switch it off first.").into());
    }
    let secret = Secret::new(secret::random::<SECRET_BYTES>()?.into()).to_base32();
    let account: String = user.email.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '.' }).collect();
    let account = if user.email.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '@' | '.' | '-' | '_')) {
        user.email
    } else {
        account
    };
    let address = format!("otpauth://totp/Athanor:{account}?secret={secret}&issuer=Athanor");
    Ok(Enrolment { secret, address })
}

/// Switches it on: from now on signing in takes a code. Gives the recovery codes, which are not shown again.
///
/// # Errors
/// `validation_failed` for a wrong password, secret or code.
pub async fn confirm_second_factor(
    platform: &Platform,
    principal: &Principal,
    (proposed, code): (&str, &str),
    password: &str,
    origin: &Origin,
) -> Result<Vec<String>, Error> {
    principal.may_manage_account()?;
    let bytes = Secret::try_from_base32(proposed.trim()).ok().map(|secret| secret.as_bytes().to_vec());
    let bytes = bytes.filter(|bytes| bytes.len() == SECRET_BYTES);
    let bytes = bytes.ok_or_else(|| ApiError::field("secret", "This is not a secret that was proposed here."))?;
    let now = (clock::now().0 / 1_000_000) as u64;
    let step = totp(bytes.clone())?.check(&plain(code), now);
    let step = step.ok_or_else(|| ApiError::field("code", "This code is wrong, or its time is over."))?;
    require_password(platform, principal.user_id, "password", password).await?;
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
    let hashes: Vec<String> = codes.iter().map(|code| secret::hash(&plain(code))).collect();
    let sealed = platform.credentials.seal(Seal::SecondFactor, &bytes)?;
    let mut transaction = platform.db.begin().await?;
    sql::second_factor::set(&mut transaction, principal.user_id, Some(&sealed), &hashes).await?;
    sql::second_factor::use_step(&mut transaction, principal.user_id, step as i64).await?;
    audit::record(&mut transaction, &Actor::caller(principal, origin), Action::SecondFactorOn, "", "").await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Switches it off: with the password for one's own; an admin may do it for somebody who has lost everything.
///
/// # Errors
/// `not_found`, or `validation_failed` for a wrong password.
pub async fn end_second_factor(
    platform: &Platform,
    principal: &Principal,
    id: UserId,
    password: &str,
    origin: &Origin,
) -> Result<(), Error> {
    principal.may_manage_account()?;
    let user = super::find(platform, principal, id).await?;
    // Also asked of an admin, for their own.
    require_password(platform, principal.user_id, "password", password).await?;
    let mut transaction = platform.db.begin().await?;
    sql::second_factor::set(&mut transaction, id, None, &[]).await?;
    let actor = Actor::caller(principal, origin);
    audit::record(&mut transaction, &actor, Action::SecondFactorOff, &user.email, "").await?;
    transaction.commit().await
}

/// Whether a code lets somebody in. Each does so once.
///
/// # Errors
/// `code_required` when it is missing or wrong.
pub(super) async fn check(platform: &Platform, id: UserId, code: Option<&str>) -> Result<(), Error> {
    let needed =
        |sentence: &str| Error::from(ApiError::new(ErrorCode::CodeRequired, sentence).with_field("code", sentence));
    let Some(code) = code else { return Err(needed("Enter the code that your app shows.")) };
    let code = plain(code);
    let wrong = || needed("This code is wrong, or it has been used.");
    let mut transaction = platform.db.begin().await?;
    let sealed = sql::second_factor::secret(&mut transaction, id).await?.ok_or_else(wrong)?;
    let now = (clock::now().0 / 1_000_000) as u64;
    let used = match totp(platform.credentials.unseal(Seal::SecondFactor, &sealed)?)?.check(&code, now) {
        Some(step) => sql::second_factor::use_step(&mut transaction, id, step as i64).await?,
        None => sql::second_factor::use_recovery_code(&mut transaction, id, &secret::hash(&code)).await?,
    };
    if !used {
        return Err(wrong());
    }
    transaction.commit().await
}

/// Fifty random bits in ten letters: `k3v9x-2mwq7`.
fn recovery_code() -> Result<String, Error> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<char> =
        secret::random::<10>()?.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    let (first, second) = letters.split_at(5);
    Ok(format!("{}-{}", first.iter().collect::<String>(), second.iter().collect::<String>()))
}

/// Without what people put between digits and letters.
fn plain(code: &str) -> String {
    domain::latin(code).chars().filter(|c| !c.is_whitespace() && *c != '-').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{plain, recovery_code, totp};

    /// RFC 6238, appendix B, in six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let totp = totp(b"12345678901234567890".to_vec()).unwrap();
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")] {
            assert_eq!(totp.check(code, time), Some(time / 30));
            assert_eq!(totp.check(code, time + 90), None, "a code of a minute ago");
        }
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let code = recovery_code().unwrap();
        assert_eq!((code.len(), plain(&code).len()), (11, 10));
        assert_eq!(plain(&code), plain(&format!(" {} ", code.to_uppercase().replace('-', " "))));
        assert_ne!(code, recovery_code().unwrap());
    }
}
