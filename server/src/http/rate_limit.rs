//! How often one caller may ask. Looked at before any work is done, so that a flood costs next to nothing.
//!
//! A caller is a credential that has been found good, or else an address: tokens that somebody makes up for each request
//! would otherwise be a caller each. Whether one is good is seen from the answer, so nothing is looked up for this.

use std::{
    collections::HashSet,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::ApiError;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    state::keyed::HashMapStateStore,
};
use sha2::{Digest, Sha256};

use super::{client_address::ClientAddress, error::Failure, principal::credentials, public::is_public};
use crate::state::AppState;

/// An address that is not signed in has the eighth part of a caller's requests, and of those that try passwords or make
/// accounts the fiftieth.
const STRANGERS: u32 = 8;
const DOORS: u32 = 50;
/// Answered always: whoever watches over the server must not be locked out with those that make it busy.
const FREE: [&str; 2] = ["/health", "/metrics"];
/// Where passwords are tried or set and accounts are made. Everything else about accounts is asked by who is signed in.
const AT_THE_DOOR: [&str; 6] = [
    "/api/auth/login",
    "/api/auth/register",
    "/api/auth/reset",
    "/api/fn/login",
    "/api/fn/register",
    "/api/fn/reset_password",
];
/// Requests between two times that callers are forgotten who have not come for a while.
const SWEEP: u32 = 4_096;
/// Credentials that are remembered as good. When there are more, each has to be found good again.
const REMEMBERED: usize = 100_000;

/// The first 16 bytes of its SHA-256.
type Credential = [u8; 16];
type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

pub struct RateLimits {
    callers: Keyed<Credential>,
    strangers: Keyed<IpAddr>,
    doors: Keyed<IpAddr>,
    good: Mutex<HashSet<Credential>>,
    /// Counted to know when to sweep; goes round at 2^32, a multiple of [`SWEEP`].
    requests: AtomicU32,
}

impl RateLimits {
    /// `per_minute` of a signed-in caller, of whom half may come at once. None when there is no limit.
    pub fn new(per_minute: u32) -> Option<Self> {
        NonZeroU32::new(per_minute)?;
        Some(Self {
            callers: RateLimiter::hashmap(quota(per_minute)),
            strangers: RateLimiter::hashmap(quota(per_minute / STRANGERS)),
            doors: RateLimiter::hashmap(quota(per_minute / DOORS)),
            good: Mutex::default(),
            requests: AtomicU32::new(0),
        })
    }

    /// Seconds to wait, for who has asked too often.
    fn wait(&self, path: &str, address: IpAddr, credential: Option<Credential>) -> Option<u64> {
        self.sweep();
        let network = network(address);
        match credential {
            _ if AT_THE_DOOR.contains(&path) => wait(&self.doors, &network),
            Some(credential) if self.is_good(&credential) => wait(&self.callers, &credential),
            _ => wait(&self.strangers, &network),
        }
    }

    /// Learns from an answer what a credential is worth.
    fn learn(&self, credential: Credential, status: StatusCode) {
        let mut good = self.good.lock().unwrap_or_else(PoisonError::into_inner);
        if status == StatusCode::UNAUTHORIZED {
            good.remove(&credential);
        } else if status.is_success() {
            if good.len() >= REMEMBERED {
                good.clear();
            }
            good.insert(credential);
        }
    }

    fn is_good(&self, credential: &Credential) -> bool {
        self.good.lock().unwrap_or_else(PoisonError::into_inner).contains(credential)
    }

    /// Whoever has not come for so long that all requests are free again is forgotten.
    fn sweep(&self) {
        if self.requests.fetch_add(1, Ordering::Relaxed).is_multiple_of(SWEEP) {
            self.callers.retain_recent();
            self.strangers.retain_recent();
            self.doors.retain_recent();
        }
    }
}

fn quota(per_minute: u32) -> Quota {
    let one = NonZeroU32::MIN;
    let per_minute = NonZeroU32::new(per_minute).unwrap_or(one);
    Quota::per_minute(per_minute).allow_burst(NonZeroU32::new(per_minute.get() / 2).unwrap_or(one))
}

fn wait<K: Hash + Eq + Clone>(limiter: &Keyed<K>, key: &K) -> Option<u64> {
    let until = limiter.check_key(key).err()?;
    let wait = until.wait_time_from(DefaultClock::default().now());
    Some(wait.as_millis().div_ceil(1_000).max(1) as u64)
}

/// Whoever has one address of IPv6 has 2^64 of them.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
    }
}

fn credential(headers: &HeaderMap) -> Option<Credential> {
    let (token, _) = credentials(headers)?;
    Sha256::digest(token).first_chunk().copied()
}

/// Turns away who asks too often.
pub async fn rate_limit(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let Some(limits) = &state.rules.rates else { return next.run(request).await };
    let path = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    if FREE.contains(&path.as_str()) || (path.is_empty() && state.site.asset(request.uri().path()).is_some()) {
        return next.run(request).await;
    }
    let Some(ClientAddress(address)) = request.extensions().get().copied() else { return next.run(request).await };
    let credential = credential(request.headers());
    if let Some(seconds) = limits.wait(&path, address, credential) {
        return too_often(seconds);
    }
    let asks_who = !path.is_empty() && !is_public(&path);
    let response = next.run(request).await;
    if let Some(credential) = credential.filter(|_| asks_who) {
        limits.learn(credential, response.status());
    }
    response
}

fn too_often(seconds: u64) -> Response {
    let sentence = format!("Too many requests. Try again in {seconds} s.");
    Failure(ApiError::busy(sentence, seconds)).into_response()
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, thread, time::Duration};

    use axum::http::StatusCode;

    use super::{RateLimits, SWEEP, network};

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    /// How many requests pass at once.
    fn passed(limits: &RateLimits, path: &str, who: &str, credential: Option<[u8; 16]>) -> usize {
        (0..10_000).take_while(|_| limits.wait(path, address(who), credential).is_none()).count()
    }

    #[test]
    fn strangers_share_their_address_and_good_credentials_have_more() {
        let limits = RateLimits::new(800).unwrap();
        let near = |expected: usize, found: usize| (expected..expected + 5).contains(&found);
        assert!(near(50, passed(&limits, "/", "10.0.0.1", None)));
        assert_eq!(passed(&limits, "/", "10.0.0.1", Some([1; 16])), 0, "a token that is not known helps nobody");
        limits.learn([2; 16], StatusCode::OK);
        assert!(near(400, passed(&limits, "/", "10.0.0.1", Some([2; 16]))));
        limits.learn([2; 16], StatusCode::UNAUTHORIZED);
        assert_eq!(passed(&limits, "/", "10.0.0.1", Some([2; 16])), 0, "a session that has ended");
        assert!(near(50, passed(&limits, "/", "10.0.0.2", None)));
        assert!(near(8, passed(&limits, "/api/auth/login", "10.0.0.3", None)));
        assert!(near(50, passed(&limits, "/", "10.0.0.3", None)), "the door has its own count");
        assert_eq!(limits.wait("/", address("10.0.0.1"), None), Some(1));
    }

    #[test]
    fn nobody_is_limited_when_there_is_no_limit_and_few_are_kept_in_mind() {
        assert!(RateLimits::new(0).is_none());
        let limits = RateLimits::new(100_000_000).unwrap();
        for at in 0..SWEEP * 3 {
            if at.is_multiple_of(SWEEP) {
                // Whoever came just before a sweep is kept until they have all their requests again: some microseconds.
                thread::sleep(Duration::from_millis(20));
            }
            limits.wait("/", IpAddr::V4(at.into()), None);
        }
        assert_eq!(limits.strangers.len(), SWEEP as usize);
    }

    #[test]
    fn a_network_of_ipv6_is_one_caller() {
        assert_eq!(network(address("2001:db8::1")), network(address("2001:db8::ffff:1")));
        assert_ne!(network(address("2001:db8::1")), network(address("2001:db8:0:1::1")));
    }
}
