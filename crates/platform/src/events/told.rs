//! A message on its way to many watchers: made once, written as JSON once, shared by all.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
    time::Instant,
};

use bytes::Bytes;
use domain::wire::socket::ServerMessage;

use crate::Error;

/// Cheap to clone.
#[derive(Clone, Debug)]
pub struct Told(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    message: ServerMessage,
    committed: Option<Instant>,
    json: OnceLock<Bytes>,
}

/// What was read from the database later: nobody knows since when it has been there.
impl From<ServerMessage> for Told {
    fn from(message: ServerMessage) -> Self {
        Self(Arc::new(Shared { message, committed: None, json: OnceLock::new() }))
    }
}

impl Deref for Told {
    type Target = ServerMessage;

    fn deref(&self) -> &ServerMessage {
        &self.0.message
    }
}

impl Told {
    /// News of this moment.
    pub(super) fn news(message: ServerMessage, committed: Instant) -> Self {
        Self(Arc::new(Shared { message, committed: Some(committed), json: OnceLock::new() }))
    }

    /// When it was committed, or when this process heard of it.
    pub fn committed(&self) -> Option<Instant> {
        self.0.committed
    }

    /// As it goes over the wire: UTF-8.
    pub fn json(&self) -> Result<Bytes, Error> {
        if let Some(json) = self.0.json.get() {
            return Ok(json.clone());
        }
        let json = serde_json::to_vec(&self.0.message).map_err(|source| Error::Stored { what: "message", source })?;
        Ok(self.0.json.get_or_init(|| Bytes::from(json)).clone())
    }
}

#[cfg(test)]
mod tests {
    use domain::wire::socket::ServerMessage;

    use super::Told;

    #[test]
    fn everybody_gets_the_same_bytes() {
        let told = Told::from(ServerMessage::Pong);
        let (first, second) = (told.json().unwrap(), told.clone().json().unwrap());
        assert_eq!(first, r#"{"type":"pong"}"#);
        assert_eq!(first.as_ptr(), second.as_ptr());
    }
}
