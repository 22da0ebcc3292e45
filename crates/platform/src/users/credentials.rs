//! What signing in needs to know and nobody else may: the pepper, the signing key, the cost of a hash.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
};

use domain::{SessionId, Timestamp, user::UserView};
use tokio::sync::Semaphore;

use super::{password, token::Keys};
use crate::{
    Config, Error,
    blob::{DataDir, make_private},
};

/// Shortest secret that signs tokens, in bytes (RFC 7518 section 3.2: as long as the hash of HS256).
const SECRET_BYTES: usize = 32;

/// Hashes and checks passwords, signs and reads tokens.
pub struct Credentials {
    pepper: Arc<[u8]>,
    keys: Keys,
    cost: u32,
    /// A hash takes a core for a quarter of a second: more at once would only stand in each other's way.
    hashing: Semaphore,
}

impl Credentials {
    /// Reads the secrets of the data directory; makes them at first start, readable by their owner only.
    pub(crate) fn open(config: &Config, data: &DataDir) -> Result<Self, Error> {
        if !(4..=31).contains(&config.bcrypt_cost) {
            return Err(Error::Setup(format!("the bcrypt cost must be between 4 and 31, not {}", config.bcrypt_cost)));
        }
        let folder = data.secrets();
        make_private(&folder)?;
        let jwt_secret = match config.jwt_secret.as_deref().map(str::as_bytes) {
            Some(secret) if secret.len() < SECRET_BYTES => {
                return Err(Error::Setup(format!("JWT_SECRET must have at least {SECRET_BYTES} bytes")));
            }
            Some(secret) => secret.to_vec(),
            None => secret_file(&folder.join("jwt"))?,
        };
        let pepper = secret_file(&folder.join("pepper"))?;
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            pepper: pepper.into(),
            keys: Keys::new(&jwt_secret),
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
