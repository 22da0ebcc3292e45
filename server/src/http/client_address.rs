//! Where a request came from: the address of the caller and whether it was HTTPS, as far as it can be believed.
//!
//! Anybody may write `X-Forwarded-For`. So only what a trusted proxy says is heard, and everything else of the kind is
//! removed before anybody inside can read it.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

use axum::{
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority},
    middleware::Next,
    response::Response,
};
use ipnet::IpNet;

use super::host::{host, is_this_machine};
use crate::{networks, state::AppState};

const FORWARDED_FOR: &str = "x-forwarded-for";
const FORWARDED_PROTO: &str = "x-forwarded-proto";
/// What proxies say of whom they speak for, beside everything that begins with `X-Forwarded-`.
const OTHERS: [HeaderName; 2] = [header::FORWARDED, HeaderName::from_static("x-real-ip")];

/// The address of the caller. Every request has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// How the caller's browser speaks to us, or to the proxy in front. Every request has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Http,
    Https,
}

/// A program of this machine asks for itself, under a name of this machine. A proxy that speaks for others says so in a header, or
/// in the host's name.
#[derive(Clone, Copy)]
pub struct OnThisMachine;

/// Proxies whose word is taken.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl FromStr for TrustedProxies {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        networks::list(text).map(Self)
    }
}

impl TrustedProxies {
    fn contain(&self, address: IpAddr) -> bool {
        self.0.iter().any(|range| range.contains(&address))
    }

    /// Whom the peer speaks for, and whether it says that they came by HTTPS.
    fn caller(&self, peer: IpAddr, headers: &HeaderMap) -> (IpAddr, bool) {
        if !self.contain(peer) {
            return (peer, false);
        }
        let common = (list(headers, FORWARDED_FOR), list(headers, FORWARDED_PROTO).pop());
        let standard = forwarded(headers);
        let (hops, scheme) = match (common.0.is_empty() && common.1.is_none(), standard.0.is_empty()) {
            (true, _) => standard,
            (false, true) => common,
            // A proxy writes one of the two and lets the other pass as a client wrote it. Which one, nobody knows.
            (false, false) if self.first_untrusted(peer, &common.0) == self.first_untrusted(peer, &standard.0) => {
                let same = common.1 == standard.1;
                (common.0, common.1.filter(|_| same))
            }
            (false, false) => return (peer, false),
        };
        (self.first_untrusted(peer, &hops), scheme.as_deref() == Some("https"))
    }

    /// From the right, where each proxy adds whom it heard, to the first whose word is not taken.
    fn first_untrusted(&self, peer: IpAddr, hops: &[String]) -> IpAddr {
        let mut found = peer;
        for hop in hops.iter().rev() {
            let Some(address) = address(hop) else { break };
            found = address;
            if !self.contain(address) {
                break;
            }
        }
        found
    }
}

/// The values of a header that may come several times and have several values each.
fn list(headers: &HeaderMap, name: &str) -> Vec<String> {
    let values = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or_default());
    values.flat_map(|value| value.split(',')).map(|part| part.trim().to_ascii_lowercase()).collect()
}

/// `Forwarded` (RFC 7239): whom each proxy heard, and the scheme that the last one heard.
fn forwarded(headers: &HeaderMap) -> (Vec<String>, Option<String>) {
    let elements = list(headers, "forwarded");
    let of = |element: &str, name: &str| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let found =
            pairs.map(|(key, value)| (key.trim(), value.trim().trim_matches('"'))).find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_owned())
    };
    let scheme = elements.last().and_then(|element| of(element, "proto"));
    (elements.iter().map(|element| of(element, "for").unwrap_or_default()).collect(), scheme)
}

/// An address, perhaps with a port: `10.0.0.1`, `10.0.0.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(text, |(address, _)| address);
    let parsed = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    parsed.map(|address| address.to_canonical())
}

/// Finds out who calls, for everything further in, and leaves of the forwarded headers only a true `X-Forwarded-Proto`.
pub async fn arrive(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip().to_canonical());
    let peer = peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let (caller, https) = state.rules.proxies.caller(peer, request.headers());
    // Where everybody comes by HTTPS, nobody need say so.
    let host = host(&request);
    let https = https || host.as_ref().is_some_and(|host| state.rules.reach.is_https_only(host));
    let passed_on = removed(request.headers_mut());
    if asks_for_itself(peer, passed_on, host.as_ref()) {
        request.extensions_mut().insert(OnThisMachine);
    }
    if https {
        request.headers_mut().insert(FORWARDED_PROTO, HeaderValue::from_static("https"));
    }
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddress(caller));
    extensions.insert(if https { Scheme::Https } else { Scheme::Http });
    next.run(request).await
}

/// Whether the peer is a program of this machine, and no proxy on it.
fn asks_for_itself(peer: IpAddr, passed_on: bool, host: Option<&Authority>) -> bool {
    peer.is_loopback() && !passed_on && host.is_some_and(|host| is_this_machine(host.host()))
}

/// Removes what proxies say; whether there was any.
fn removed(headers: &mut HeaderMap) -> bool {
    let is_theirs = |name: &&HeaderName| name.as_str().starts_with("x-forwarded-") || OTHERS.contains(name);
    let theirs: Vec<HeaderName> = headers.keys().filter(is_theirs).cloned().collect();
    for name in &theirs {
        headers.remove(name);
    }
    !theirs.is_empty() || headers.contains_key(header::VIA)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::{TrustedProxies, asks_for_itself, removed};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, value);
        }
        headers
    }

    fn caller(peer: &str, pairs: &[(&'static str, &'static str)]) -> (String, bool) {
        let proxies: TrustedProxies = "10.0.0.0/8, ::1".parse().unwrap();
        let (address, https) = proxies.caller(peer.parse().unwrap(), &headers(pairs));
        (address.to_string(), https)
    }

    #[test]
    fn a_stranger_speaks_for_nobody() {
        let said = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "https"), ("forwarded", "for=1.2.3.4")];
        assert_eq!(caller("203.0.113.9", &said), ("203.0.113.9".into(), false));
        assert_eq!(caller("10.0.0.1", &[]), ("10.0.0.1".into(), false));
    }

    #[test]
    fn the_right_most_address_that_no_trusted_proxy_has_is_the_callers() {
        let https = ("x-forwarded-proto", "https");
        assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", "203.0.113.9"), https]), ("203.0.113.9".into(), true));
        let chain = [("x-forwarded-for", "6.6.6.6, 203.0.113.9"), ("x-forwarded-for", "10.0.0.2")];
        assert_eq!(caller("10.0.0.1", &chain).0, "203.0.113.9");
        assert_eq!(caller("::1", &[("x-forwarded-for", "203.0.113.9:4711")]).0, "203.0.113.9");
        assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", "::ffff:203.0.113.9")]).0, "203.0.113.9");
        assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", "1.2.3.4, nonsense")]).0, "10.0.0.1");
        assert_eq!(caller("10.0.0.1", &[("x-forwarded-for", "10.9.9.9, 10.0.0.2")]).0, "10.9.9.9");
    }

    #[test]
    fn the_standard_header_is_read_too_and_a_contradiction_is_not_believed() {
        let standard = ("forwarded", "for=6.6.6.6, For=\"[2001:db8::7]:4711\";proto=https;by=10.0.0.1");
        assert_eq!(caller("10.0.0.1", &[standard]), ("2001:db8::7".into(), true));
        let both = [standard, ("x-forwarded-for", "203.0.113.9")];
        assert_eq!(caller("10.0.0.1", &both), ("10.0.0.1".into(), false));
        let agreed = [standard, ("x-forwarded-for", "2001:db8::7"), ("x-forwarded-proto", "https")];
        assert_eq!(caller("10.0.0.1", &agreed), ("2001:db8::7".into(), true));
    }

    #[test]
    fn this_machine_asks_for_itself_and_a_proxy_on_it_for_others() {
        let asked = |peer: &str, passed_on, host: &str| {
            asks_for_itself(peer.parse().unwrap(), passed_on, host.parse().ok().as_ref())
        };
        let asks = |peer: &str, host: &str| asked(peer, false, host);
        assert!(asks("127.0.0.1", "127.0.0.1:3000") && asks("::1", "[::1]:3000") && asks("::1", "localhost"));
        assert!(!asks("10.0.0.9", "127.0.0.1:3000"));
        assert!(!asked("127.0.0.1", true, "127.0.0.1:3000"), "a proxy that says so");
        assert!(!asks("127.0.0.1", "athanor.example.org"), "a proxy, or a page of another site");
        assert!(!asks("127.0.0.1", "10.0.0.9:3000") && !asks("127.0.0.1", ""));
    }

    #[test]
    fn nothing_of_it_gets_inside() {
        let mut said =
            headers(&[("x-forwarded-host", "evil"), ("forwarded", "for=1"), ("x-real-ip", "1"), ("host", "a")]);
        assert!(removed(&mut said));
        assert_eq!(said.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["host"]);
        assert!(!removed(&mut said));
    }

    #[test]
    fn ranges_are_read_and_mistakes_named() {
        assert!("".parse::<TrustedProxies>().unwrap().0.is_empty());
        assert!("10.0.0.0/8,everybody".parse::<TrustedProxies>().unwrap_err().contains("everybody"));
    }
}
