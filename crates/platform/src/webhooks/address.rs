//! Which addresses may be told: those of the public internet. A server stands where its users do not, so what it fetches for
//! them must lead to nothing that only it can reach (OWASP, "Server-Side Request Forgery").

use std::{
    net::{IpAddr, Ipv4Addr},
    num::NonZeroU16,
    str::FromStr,
};

use domain::ApiError;
use ipnet::IpNet;
use ureq::{
    Error,
    config::Config,
    http::{
        Uri,
        uri::{Authority, PathAndQuery},
    },
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::NextTimeout,
    },
};

const MOST_BYTES: usize = 2_000;

/// What is not public (IANA's special-purpose registries, RFC 6890): first of IPv4, then what lies within the part of IPv6 that
/// is given out, 2000::/3.
const SPECIAL: &[&str] = &[
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
];

/// Networks besides the public internet that may be told.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowed(pub(super) Vec<IpNet>);

impl Allowed {
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        // One of IPv6 may stand for one of IPv4.
        let address = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }

    /// Checks what somebody typed, and gives it without spaces around it. A name may lead elsewhere later, so it is looked up
    /// with every message and not now.
    ///
    /// # Errors
    /// `validation_failed` for `url`.
    pub(super) fn check(&self, url: &str) -> Result<String, ApiError> {
        let wrong = |why: &str| ApiError::field("url", why);
        let url = url.trim();
        if url.is_empty() {
            return Err(wrong("Say where messages go."));
        }
        if url.len() > MOST_BYTES {
            return Err(wrong("Use at most 2000 characters."));
        }
        let (scheme, _) = url.split_once("://").unwrap_or_default();
        if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
            return Err(wrong("Must begin with https:// or http://."));
        }
        if !url.is_ascii() {
            return Err(wrong(
                "Write other letters than ASCII's as addresses do: xn--... in names, %D8... behind them.",
            ));
        }
        let uri = Uri::from_str(url).map_err(|_| wrong(NO_ADDRESS))?;
        let authority = uri.authority().map(Authority::as_str).unwrap_or_default().to_ascii_lowercase();
        if authority.contains('@') {
            return Err(wrong("Leave out name and password."));
        }
        // A number that is no port would become the usual one.
        let port = authority.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
        if port.is_some_and(|port| port.parse::<NonZeroU16>().is_err()) {
            return Err(wrong("The number after the colon is no port."));
        }
        if url.contains('#') {
            return Err(wrong("Leave out what comes after the #: it is not sent."));
        }
        let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(wrong(NO_ADDRESS));
        }
        let local = host.eq_ignore_ascii_case("localhost").then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        if host.parse().ok().or(local).is_some_and(|address| !self.contains(address)) {
            return Err(wrong(NOT_PUBLIC));
        }
        // In one form, so that nobody is told twice.
        let rest = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        Ok(format!("{}://{authority}{rest}", scheme.to_ascii_lowercase()))
    }
}

const NO_ADDRESS: &str = "This is not the address of a web server.";
const NOT_PUBLIC: &str = "This address is not on the public internet, and this server may not send anything to it.";

fn is_public(address: IpAddr) -> bool {
    let given_out = match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => address.segments()[0] & 0xe000 == 0x2000,
    };
    given_out && !SPECIAL.iter().any(|network| network.parse::<IpNet>().is_ok_and(|network| network.contains(&address)))
}

/// Looks names up, and gives only addresses that may be told. What it gives is what is connected to, so a name that answers
/// something else the next time leads nowhere else.
#[derive(Debug)]
pub(super) struct Guarded {
    pub(super) allowed: Allowed,
}

impl Resolver for Guarded {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout).map_err(|error| match error {
            Error::Timeout(_) => error,
            _ => Error::Other("Its name leads nowhere.".into()),
        })?;
        // A name with one such address among others is up to something.
        if found.iter().all(|address| self.allowed.contains(address.ip())) {
            return Ok(found);
        }
        Err(Error::Other(NOT_PUBLIC.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::Allowed;

    #[test]
    fn only_what_is_public_or_allowed_may_be_told() {
        let nothing = Allowed::default();
        for public in ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "172.15.0.1", "100.63.255.255"] {
            assert!(nothing.contains(public.parse().unwrap()), "{public}");
        }
        let private = [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "255.255.255.255",
            "239.1.1.1",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "64:ff9b::a00:1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2001::1",
            "100::1",
        ];
        for private in private {
            assert!(!nothing.contains(private.parse().unwrap()), "{private}");
        }
        let ours = Allowed(vec!["10.1.0.0/16".parse().unwrap()]);
        assert!(ours.contains("10.1.2.3".parse().unwrap()));
        assert!(ours.contains("::ffff:10.1.2.3".parse().unwrap()));
        assert!(!ours.contains("10.2.2.3".parse().unwrap()));
    }

    #[test]
    fn addresses_are_checked_when_they_are_typed() {
        let nothing = Allowed::default();
        assert_eq!(nothing.check(" https://example.org/hook?a=1 ").unwrap(), "https://example.org/hook?a=1");
        assert_eq!(nothing.check("HTTPS://Example.ORG:443/Hook?A=b").unwrap(), "https://example.org:443/Hook?A=b");
        assert_eq!(nothing.check("https://[2606:4700::1111]").unwrap(), "https://[2606:4700::1111]/");
        let long = format!("https://example.org/{}", "a".repeat(2_000));
        let wrong = [
            ("", "Say where"),
            (" \n", "Say where"),
            (long.as_str(), "at most"),
            ("example.org", "begin with"),
            ("ftp://example.org", "begin with"),
            ("file:///etc/passwd", "begin with"),
            ("javascript:alert(1)", "begin with"),
            ("example.org/told", "begin with"),
            ("https://", "not the address"),
            ("https://a b", "not the address"),
            ("https://example.org:99999/", "no port"),
            ("https://example.org:0/", "no port"),
            ("https://example.org:/", "no port"),
            ("https://پارسی.example/", "xn--"),
            ("https://ada:secret@example.org", "name and password"),
            ("https://example.org/#top", "after the #"),
            ("http://127.0.0.1:3000/", "public internet"),
            ("http://[::1]/", "public internet"),
            ("http://LOCALHOST/", "public internet"),
            ("http://169.254.169.254/latest/meta-data", "public internet"),
        ];
        for (url, why) in wrong {
            let refused = nothing.check(url).unwrap_err();
            assert!(refused.fields["url"].contains(why), "{url}: {refused:?}");
        }
        let ours = Allowed(vec!["127.0.0.0/8".parse().unwrap()]);
        ours.check("http://localhost:3000/").unwrap();
    }
}
