//! An origin: scheme, host and port, as browsers write it in the header `Origin`.

use std::{fmt, str::FromStr};

use axum::http::{Uri, uri::Authority};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    /// In small letters.
    name: String,
    /// Never the default port of the scheme.
    port: Option<u16>,
}

impl FromStr for Origin {
    type Err = String;

    /// `https://athanor.example.org` or `http://10.0.0.7:3000`, perhaps with a slash at the end.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("{text:?} is not an origin such as https://athanor.example.org");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().filter(|authority| is_host(authority)).ok_or_else(wrong)?;
        if uri.path_and_query().is_some_and(|path| !matches!(path.as_str(), "" | "/")) {
            return Err(wrong());
        }
        Ok(Self::at(https, authority))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.name)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl Origin {
    pub fn at(https: bool, authority: &Authority) -> Self {
        let default = if https { 443 } else { 80 };
        let port = authority.port_u16().filter(|port| *port != default);
        Self { https, name: authority.host().to_ascii_lowercase(), port }
    }

    /// As the header has it: no letter may be written otherwise.
    pub fn of_header(text: &str) -> Option<Self> {
        text.parse().ok().filter(|origin: &Self| origin.to_string() == text)
    }

    /// Whether requests to it name this host.
    pub fn has_host(&self, host: &Authority) -> bool {
        Self::at(self.https, host) == *self
    }

    pub fn is_https(&self) -> bool {
        self.https
    }
}

/// A host and perhaps a port, and nothing else.
pub fn is_host(authority: &Authority) -> bool {
    !authority.host().is_empty() && !authority.as_str().contains('@')
}

/// Origins, separated by commas.
///
/// # Errors
/// A sentence that names the one that is wrong.
pub fn list(text: &str) -> Result<Vec<Origin>, String> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect()
}

#[cfg(test)]
mod tests {
    use super::{Origin, list};

    #[test]
    fn origins_are_read_and_written_as_browsers_do() {
        for (text, same) in [
            ("https://A.example/", "https://a.example"),
            ("https://a.example:443", "https://a.example"),
            ("http://a.example:443", "http://a.example:443"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().to_string(), same);
        }
        let wrong = ["", "*", "null", "a.example", "ftp://a", "https://", "https://u@a", "https://a/b", "https://a?b"];
        for wrong in wrong {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
        assert!(Origin::of_header("https://a.example").is_some());
        assert!(Origin::of_header("https://A.example").is_none() && Origin::of_header("https://a.example/").is_none());
    }

    #[test]
    fn hosts_belong_to_origins_with_the_port_that_is_meant() {
        let origin: Origin = "https://a.example".parse().unwrap();
        let has = |host: &str| origin.has_host(&host.parse().unwrap());
        assert!(has("a.example") && has("A.EXAMPLE:443"));
        assert!(!has("a.example:80") && !has("a.example.evil") && !has("b.a.example"));
    }

    #[test]
    fn a_list_names_what_is_wrong_in_it() {
        assert_eq!(list(" https://a , http://b:1,").unwrap().len(), 2);
        assert!(list("https://a,*").unwrap_err().contains("\"*\""));
    }
}
