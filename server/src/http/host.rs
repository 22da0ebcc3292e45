//! The names under which people reach this server. A page of another site whose name suddenly leads here (DNS rebinding)
//! shares our address, but not our name: the browser still says in `Host` where it believes to be.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::{Request, State},
    http::{header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{ApiError, ErrorCode};

use super::{
    client_address::{OnThisMachine, Scheme},
    error::Failure,
    origin::{Origin, is_host},
};
use crate::state::AppState;

/// Where names end that nobody on the internet can own.
const PRIVATE: [&str; 4] = [".local", ".lan", ".internal", ".home.arpa"];
/// Probes and scrapers come by addresses. The first says nothing but that we live, the second looks at the name itself.
const ANY_NAME: [&str; 2] = ["/health", "/metrics"];

/// Under which names this server answers.
#[derive(Clone, Debug)]
pub struct Reach {
    /// What people type; empty when nobody said.
    public: Vec<Origin>,
    /// Only programs of this machine can connect.
    loopback_only: bool,
}

impl Reach {
    pub fn new(public: Vec<Origin>, bound: SocketAddr) -> Self {
        Self { public, loopback_only: bound.ip().to_canonical().is_loopback() }
    }

    /// Whether strangers may connect while nobody has said under which name.
    pub fn is_open(&self) -> bool {
        self.public.is_empty() && !self.loopback_only
    }

    /// Whether anybody is meant to come but programs of this machine.
    pub fn is_for_others(&self) -> bool {
        !self.public.is_empty() || !self.loopback_only
    }

    /// `here`: a program of this machine asks, for itself.
    fn answers(&self, host: &Authority, here: bool) -> bool {
        let name = host.host();
        if !self.public.is_empty() {
            return self.public.iter().any(|origin| origin.has_host(host)) || (here && is_this_machine(name));
        }
        // Nobody else's page has an address or a name without a dot for its name.
        is_this_machine(name) || (!self.loopback_only && (literal(name).is_some() || is_private(name)))
    }

    /// Whether a page of `origin` is ours, for a request to this host.
    pub fn is_own(&self, origin: &str, host: Option<&Authority>, scheme: Scheme) -> bool {
        let Some(origin) = Origin::of_header(origin) else { return false };
        if self.public.contains(&origin) {
            return true;
        }
        let Some(host) = host else { return false };
        let named = self.public.is_empty() || is_this_machine(host.host());
        named && origin.has_host(host) && (scheme == Scheme::Http || origin.is_https())
    }

    /// Whether this host is reached by HTTPS alone.
    pub fn is_https_only(&self, host: &Authority) -> bool {
        let mut named = self.public.iter().filter(|origin| origin.has_host(host)).peekable();
        named.peek().is_some() && named.all(Origin::is_https)
    }
}

/// Whether a name leads to this machine, whoever resolves it.
pub fn is_this_machine(name: &str) -> bool {
    name.eq_ignore_ascii_case("localhost") || literal(name).is_some_and(|address| address.is_loopback())
}

fn literal(name: &str) -> Option<IpAddr> {
    let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(name);
    bare.parse().ok().map(|address: IpAddr| address.to_canonical())
}

fn is_private(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !name.contains('.') || PRIVATE.iter().any(|end| name.ends_with(end))
}

/// The host that a request is for; none when it names none, several, or nonsense.
pub fn host(request: &Request) -> Option<Authority> {
    let mut named = request.headers().get_all(header::HOST).iter();
    let header = named.next().and_then(|host| Authority::try_from(host.as_bytes()).ok());
    if named.next().is_some() {
        return None;
    }
    let host = match (request.uri().authority(), header) {
        (Some(line), Some(header)) if *line != header => return None,
        (Some(line), _) => line.clone(),
        (None, header) => header?,
    };
    is_host(&host).then_some(host)
}

/// Refuses what is not for us.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let here = request.extensions().get::<OnThisMachine>().is_some();
    let answered = host(&request).is_some_and(|host| state.rules.reach.answers(&host, here));
    if !answered && !ANY_NAME.contains(&request.uri().path()) {
        let sentence = "This server does not answer under that name. Whoever runs it can set ATHANOR_PUBLIC_URL.";
        return Failure(ApiError::new(ErrorCode::Misdirected, sentence)).into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::Reach;
    use crate::http::{client_address::Scheme, origin};

    fn reach(public: &str, bound: &str) -> Reach {
        Reach::new(origin::list(public).unwrap(), bound.parse().unwrap())
    }

    #[test]
    fn on_this_machine_only_its_names_are_answered() {
        let reach = reach("", "127.0.0.1:3000");
        assert!(!reach.is_for_others());
        let answers = |host: &str| reach.answers(&host.parse().unwrap(), true);
        assert!(["localhost", "LocalHost:3000", "127.0.0.1:3000", "127.8.8.8", "[::1]:1"].into_iter().all(answers));
        let foreign =
            ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "0.0.0.0", "nas"];
        assert!(!foreign.into_iter().any(answers));
    }

    #[test]
    fn on_a_network_addresses_and_names_that_nobody_else_can_own_are() {
        let reach = reach("", "0.0.0.0:3000");
        assert!(reach.is_open() && reach.is_for_others());
        let answers = |host: &str| reach.answers(&host.parse().unwrap(), false);
        assert!(["10.0.0.7:3000", "[2001:db8::1]", "nas:3000", "nas.local", "localhost"].into_iter().all(answers));
        assert!(!["evil.example:3000", "nas.local.evil.example"].into_iter().any(answers));
    }

    #[test]
    fn with_a_public_url_only_that_is() {
        let reach = reach("https://a.example, http://a.lan:3000", "0.0.0.0:3000");
        assert!(!reach.is_open() && reach.is_for_others());
        let answers = |host: &str, here| reach.answers(&host.parse().unwrap(), here);
        assert!(answers("a.example", false) && answers("A.example:443", false) && answers("a.lan:3000", false));
        assert!(!answers("10.0.0.7", false) && !answers("b.example", true) && !answers("a.lan", false));
        assert!(answers("127.0.0.1:3000", true) && !answers("127.0.0.1:3000", false), "a program of this machine");
        assert!(
            reach.is_https_only(&"a.example".parse().unwrap()) && !reach.is_https_only(&"a.lan:3000".parse().unwrap())
        );
    }

    #[test]
    fn pages_are_ours_by_the_configured_origin_or_else_by_the_host() {
        let host = "a.example".parse().ok();
        let own = |reach: &Reach, origin: &str, scheme| reach.is_own(origin, host.as_ref(), scheme);
        let fixed = reach("https://a.example", "0.0.0.0:3000");
        assert!(own(&fixed, "https://a.example", Scheme::Http));
        let foreign =
            ["http://a.example", "https://A.example", "https://a.example:444", "https://a.example.evil", "null"];
        assert!(!foreign.into_iter().any(|origin| own(&fixed, origin, Scheme::Http)));
        let open = reach("", "0.0.0.0:3000");
        assert!(own(&open, "https://a.example", Scheme::Http) && own(&open, "http://a.example", Scheme::Http));
        assert!(!own(&open, "http://a.example", Scheme::Https), "a page that came unprotected");
        assert!(!own(&open, "https://b.example", Scheme::Http));
    }
}
