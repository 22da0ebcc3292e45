//! One message, posted once.

use std::{
    io::{ErrorKind, Read},
    sync::Arc,
    time::Duration,
};

use ipnet::IpNet;
use ureq::{Agent, config::Config, tls::TlsConfig, unversioned::transport::DefaultConnector};
use uuid::Uuid;

use super::{
    address::{Allowed, Guarded},
    sign,
};
use crate::{Error, clock};

/// How long a receiver may take, from the lookup of its name to the end of its answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// What is read of an answer, of which nothing is kept.
const ANSWER_BYTES: u64 = 64 << 10;
const ERROR_CHARS: usize = 200;

/// Sends messages, to where they may be sent.
pub(crate) struct Sender {
    pub(super) allowed: Allowed,
    agent: Agent,
}

/// What is sent, and to whom.
pub(super) struct Message {
    pub(super) id: Uuid,
    pub(super) url: String,
    pub(super) secret: Vec<u8>,
    pub(super) payload: String,
}

/// What a receiver answered: an HTTP status; or why there is no answer.
pub(super) type Answer = Result<u16, String>;

impl Sender {
    /// `networks` may be told besides the public internet.
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder().unversioned_rustls_crypto_provider(provider).build();
        let config = Config::builder()
            .tls_config(tls)
            .timeout_global(Some(PATIENCE))
            .user_agent(concat!("Athanor/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false)
            // Wherever it would lead, nobody has checked.
            .max_redirects(0)
            .max_redirects_will_error(false)
            // A proxy would look names up itself.
            .proxy(None)
            // Each message looks the name up again.
            .max_idle_connections(0)
            .build();
        let allowed = Allowed(networks);
        let resolver = Guarded { allowed: allowed.clone() };
        Self { allowed, agent: Agent::with_parts(config, DefaultConnector::default(), resolver) }
    }

    /// Posts a message. It blocks for [`PATIENCE`] at most.
    ///
    /// # Errors
    /// `Internal` when it cannot be signed.
    pub(super) fn send(&self, message: &Message) -> Result<Answer, Error> {
        let (id, seconds) = (message.id.to_string(), clock::now().0 / 1_000_000);
        let signature = sign::signature(&message.secret, &id, seconds, &message.payload)?;
        let request = self
            .agent
            .post(&message.url)
            .header("content-type", "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", signature);
        Ok(match request.send(message.payload.as_bytes()) {
            Ok(mut answer) => {
                // To its end, so that the receiver is not cut off while it writes.
                let _ = std::io::copy(&mut answer.body_mut().as_reader().take(ANSWER_BYTES), &mut std::io::sink());
                Ok(answer.status().as_u16())
            }
            Err(ureq::Error::Other(why)) => Err(why.to_string()),
            Err(ureq::Error::Timeout(_)) => Err(format!("No answer within {} seconds.", PATIENCE.as_secs())),
            Err(ureq::Error::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {
                Err("Nobody listens there.".to_owned())
            }
            Err(error) => Err(error.to_string().chars().take(ERROR_CHARS).collect()),
        })
    }
}
