//! What signing in needs to know and nobody else may: the pepper, the signing key, the cost of a hash.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
};

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{SessionId, Timestamp, user::UserView};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use super::{password, token::Keys};
use crate::{
    Config, Error,
    blob::{DataDir, Paths, make_private},
};

/// Shortest secret that signs tokens, in bytes (RFC 7518 section 3.2: as long as the hash of HS256).
const SECRET_BYTES: usize = 32;

/// Of a hash that is made by the command line; a sign-in makes it anew at the cost of the server.
const COST: u32 = 12;

/// What a secret is sealed for: one that was sealed for something else cannot be opened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Seal {
    SecondFactor,
    Webhook,
}

/// Hashes and checks passwords, signs and reads tokens.
pub struct Credentials {
    pepper: Arc<[u8]>,
    keys: Keys,
    cost: u32,
    /// A hash takes a core for a quarter of a second: more at once would only stand in each other's way.
    hashing: Semaphore,
}

impl Credentials {
    /// Without an installation's flags, for its administrator's commands.
    pub(crate) fn beside(data: &Paths) -> Result<Self, Error> {
        let folder = data.secrets();
        let pepper = read_secret(&folder.join("pepper"))?;
        let pepper = pepper
            .ok_or_else(|| Error::Setup("this data directory has no secrets yet; start the server once".into()))?;
        Ok(Self { pepper: pepper.into(), keys: Keys::new(&[], None), cost: COST, hashing: Semaphore::new(1) })
    }

    /// Reads the secrets of the data directory; makes them at first start, readable by their owner only.
    pub(crate) fn open(config: &Config, data: &DataDir) -> Result<Self, Error> {
        if !(4..=31).contains(&config.bcrypt_cost) {
            return Err(Error::Setup(format!("the bcrypt cost must be between 4 and 31, not {}", config.bcrypt_cost)));
        }
        let folder = data.secrets();
        make_private(&folder)?;
        let jwt_secret = match given(config.jwt_secret.as_deref(), "JWT_SECRET")? {
            Some(secret) => secret.to_vec(),
            None => secret_file(&folder.join("jwt"))?,
        };
        let previous = given(config.jwt_secret_previous.as_deref(), "JWT_SECRET_PREVIOUS")?;
        let pepper = secret_file(&folder.join("pepper"))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            pepper: pepper.into(),
            keys: Keys::new(&jwt_secret, previous),
            cost: config.bcrypt_cost,
            hashing: Semaphore::new(cores),
        })
    }

    pub(super) async fn hash(&self, password: String) -> Result<String, Error> {
        let (pepper, cost) = (Arc::clone(&self.pepper), self.cost);
        self.on_a_thread(move || password::hash(&pepper, &password, cost)).await
    }

    /// Whether the password is right; without a hash the same time passes and it is not.
    pub(super) async fn verify(&self, password: String, hash: Option<String>) -> Result<bool, Error> {
        let (pepper, cost) = (Arc::clone(&self.pepper), self.cost);
        self.on_a_thread(move || match hash {
            Some(hash) => password::verify(&pepper, &password, &hash),
            None => password::verify(&pepper, &password, &password::impossible(cost)).map(|_| false),
        })
        .await
    }

    /// Whether a hash was made at another cost than hashes are made now.
    pub(super) fn is_outdated(&self, hash: &str) -> bool {
        password::cost(hash) != Some(self.cost)
    }

    /// Encrypts what is stored and has to be read again (AES-256-GCM): a stolen database alone gives it away to nobody.
    pub(crate) fn seal(&self, seal: Seal, plain: &[u8]) -> Result<String, Error> {
        let mut sealed = plain.to_vec();
        let nonce =
            self.sealing(seal)?.seal_in_place_append_tag(Aad::empty(), &mut sealed).map_err(|_| unsealable())?;
        Ok(STANDARD.encode([&nonce.as_ref()[..], &sealed].concat()))
    }

    /// The reverse of [`Credentials::seal`].
    pub(crate) fn unseal(&self, seal: Seal, text: &str) -> Result<Vec<u8>, Error> {
        let bytes = STANDARD.decode(text).map_err(|_| unsealable())?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN).ok_or_else(unsealable)?;
        let (nonce, mut sealed) = (Nonce::try_assume_unique_for_key(nonce).map_err(|_| unsealable())?, sealed.to_vec());
        let plain = self.sealing(seal)?.open_in_place(nonce, Aad::empty(), &mut sealed).map_err(|_| unsealable())?;
        Ok(plain.to_vec())
    }

    /// Of the pepper, for this use alone.
    fn sealing(&self, seal: Seal) -> Result<RandomizedNonceKey, Error> {
        let mut key = Sha256::new();
        key.update(match seal {
            Seal::SecondFactor => &b"athanor: seals second factors"[..],
            Seal::Webhook => b"athanor: seals secrets of webhooks",
        });
        key.update(&self.pepper);
        RandomizedNonceKey::new(&AES_256_GCM, &key.finalize()).map_err(|_| unsealable())
    }

    async fn on_a_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _permit = self.hashing.acquire().await.map_err(|_| Error::Internal("hashing has ended".into()))?;
        tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.to_string()))?
    }

    pub(super) fn write_token(&self, user: &UserView, sid: SessionId, expires_at: Timestamp) -> Result<String, Error> {
        self.keys.write(user, sid, expires_at)
    }

    pub(super) fn read_token(&self, token: &str) -> Option<SessionId> {
        self.keys.read(token)
    }
}

fn unsealable() -> Error {
    Error::Internal("what the pepper of the data directory has sealed cannot be opened with it".into())
}

/// A secret that whoever runs the server chose.
fn given<'a>(secret: Option<&'a str>, name: &str) -> Result<Option<&'a [u8]>, Error> {
    match secret.map(str::as_bytes) {
        Some(secret) if secret.len() < SECRET_BYTES => {
            Err(Error::Setup(format!("{name} must have at least {SECRET_BYTES} bytes")))
        }
        // Such as `change-me-change-me-change-me-...` of somebody's example, which has eight.
        Some(secret) if secret.iter().collect::<std::collections::HashSet<_>>().len() <= 8 => Err(Error::Setup(
            format!("{name} is made of too few different bytes to be a secret; `openssl rand -hex 32` makes one"),
        )),
        secret => Ok(secret),
    }
}

/// The bytes of a secret; 32 random ones are made, and kept, when there is no such file.
fn secret_file(path: &Path) -> Result<Vec<u8>, Error> {
    if let Some(secret) = read_secret(path)? {
        return Ok(secret);
    }
    let mut secret = vec![0; SECRET_BYTES];
    getrandom::fill(&mut secret).map_err(|error| Error::Setup(format!("the system gives no random bytes: {error}")))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    // Written beside and linked: a half-written secret would lock everybody out, and of two processes that start at the
    // same time one must not take the other's away.
    let beside = path.with_extension(format!("new-{}", uuid::Uuid::new_v4()));
    let write = || {
        let mut file = options.open(&beside)?;
        file.write_all(&secret)?;
        file.sync_all()?;
        match fs::hard_link(&beside, path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            other => other?,
        }
        fs::remove_file(&beside)?;
        path.parent().map_or(Ok(()), crate::blob::sync_directory)
    };
    write().map_err(Error::storage(format!("write {}", path.display())))?;
    read_secret(path)?.ok_or_else(|| Error::Setup(format!("{} was removed while it was read", path.display())))
}

fn read_secret(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    match fs::read(path) {
        Ok(secret) if secret.len() >= SECRET_BYTES => Ok(Some(secret)),
        Ok(_) => Err(Error::Setup(format!("{} is too short to be a secret", path.display()))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::storage(format!("read {}", path.display()))(error)),
    }
}
