//! Where a request came from, as far as it is known.

use std::net::IpAddr;

/// For the audit log, the list of sessions, and for slowing down who guesses passwords.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub address: Option<IpAddr>,
    /// What the browser or program calls itself.
    pub agent: Option<String>,
    /// A program of the server's own machine asks, for itself.
    pub here: bool,
}

const AGENT_CHARS: usize = 200;

impl Origin {
    pub fn new(address: Option<IpAddr>, agent: Option<&str>) -> Self {
        let plain = |agent: &str| agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS).collect();
        // An IPv4 address that came through an IPv6 socket is the same address.
        Self { address: address.map(|address| address.to_canonical()), agent: agent.map(plain), here: false }
    }

    pub(crate) fn address_text(&self) -> Option<String> {
        self.address.map(|address| address.to_string())
    }
}
