//! Every statement on second factors: columns of `users`, and `recovery_codes`.

use domain::UserId;

use crate::{
    Error,
    db::{Lane, Tx, sql, sql_rows},
};

/// The sealed secret, if there is a second factor.
pub(in crate::users) async fn secret(lane: impl Into<Lane<'_>>, id: UserId) -> Result<Option<String>, Error> {
    let found: Option<Option<String>> =
        sql("SELECT totp_secret FROM users WHERE id = $1").bind(id).optional_scalar(lane).await?;
    Ok(found.flatten())
}

/// Turns it on, or, without a secret, off.
pub(in crate::users) async fn set(
    transaction: &mut Tx,
    id: UserId,
    sealed: Option<&str>,
    code_hashes: &[String],
) -> Result<(), Error> {
    sql("UPDATE users SET totp_secret = $2, totp_step = NULL WHERE id = $1")
        .bind(id)
        .bind(sealed)
        .execute(&mut *transaction)
        .await?;
    sql("DELETE FROM recovery_codes WHERE user_id = $1").bind(id).execute(&mut *transaction).await?;
    if code_hashes.is_empty() {
        return Ok(());
    }
    let insert = sql_rows("INSERT INTO recovery_codes (user_id, code_sha256)", code_hashes.len(), 2, "");
    let insert = code_hashes.iter().fold(insert, |insert, hash| insert.bind(id).bind(hash));
    insert.execute(&mut *transaction).await?;
    Ok(())
}

/// Whether the code of this step lets somebody in: one that did before does not, nor do older ones.
pub(in crate::users) async fn use_step(transaction: &mut Tx, id: UserId, step: i64) -> Result<bool, Error> {
    let used = sql("UPDATE users SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)")
        .bind(id)
        .bind(step)
        .execute(&mut *transaction)
        .await?;
    Ok(used == 1)
}

/// Whether it was there.
pub(in crate::users) async fn use_recovery_code(
    transaction: &mut Tx,
    id: UserId,
    code_sha256: &str,
) -> Result<bool, Error> {
    let used = sql("DELETE FROM recovery_codes WHERE user_id = $1 AND code_sha256 = $2")
        .bind(id)
        .bind(code_sha256)
        .execute(&mut *transaction)
        .await?;
    Ok(used == 1)
}
