//! A server and the token for it. Everything that is sent goes through here.

use std::{
    env, fs,
    io::{self, Read},
    path::Path,
    sync::Arc,
    time::Duration,
};

use app::encode_component;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ureq::{
    Agent, AsSendBody, Body, SendBody,
    http::{Request, Response, header, request},
    tls::{PemItem, RootCerts, TlsConfig, parse_pem},
};

use super::{
    credentials::{Credentials, is_open_to_others, server_url},
    failure::Failure,
    visible,
};

/// Things on one page of a list.
const PAGE: usize = 200;
/// How long a server may say nothing: to a question, and where it has work to do first.
const SOON: Duration = Duration::from_mins(1);
const PATIENTLY: Duration = Duration::from_mins(15);
/// Largest answer that is read into memory.
const ANSWER_BYTES: u64 = 512 << 20;

/// How every command for a server names it.
#[derive(clap::Args)]
pub struct ServerFlags {
    /// The server [default: the one that somebody last signed in to].
    #[arg(long, env = "ATHANOR_URL", value_name = "URL")]
    url: Option<String>,
    /// Say it to programs: one JSON document, or one a line.
    #[arg(long)]
    pub json: bool,
}

impl ServerFlags {
    /// The server that is named, in its one form.
    pub fn named(&self) -> Result<Option<String>, Failure> {
        self.url.as_deref().filter(|url| !url.trim().is_empty()).map(server_url).transpose()
    }
}

/// Where requests go, and as whom.
pub struct Connection {
    agent: Agent,
    pub url: String,
    token: Option<String>,
}

/// A file that comes.
pub struct Download {
    /// As the server calls it.
    pub file_name: Option<String>,
    pub length: Option<u64>,
    pub bytes: Box<dyn Read>,
}

impl Connection {
    /// To the server that flags, environment or the last sign-in name, with the token that is known for it.
    ///
    /// # Errors
    /// `NotSignedIn` when there is none.
    pub fn open(flags: &ServerFlags) -> Result<Self, Failure> {
        let given = env::var("ATHANOR_TOKEN").ok().filter(|token| !token.is_empty());
        let named = flags.named()?;
        // Who gives both needs no file.
        if let (Some(url), Some(_)) = (&named, &given) {
            return Self::new(url.clone(), given);
        }
        let mut stored = Credentials::load()?;
        let none = || Failure::not_signed_in("Sign in first: athanor login URL.");
        let url = named.or(stored.current.take()).ok_or_else(none)?;
        let token = given.or_else(|| stored.servers.remove(&url).map(|known| known.token));
        let unknown = || Failure::not_signed_in(format!("Nobody is signed in to {url}: athanor login {url}."));
        let token = token.ok_or_else(unknown)?;
        Self::new(url, Some(token))
    }

    pub fn new(url: String, token: Option<String>) -> Result<Self, Failure> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A token is for one address, and a POST that was redirected would become a GET.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .user_agent(concat!("athanor/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls()?);
        // What is on this machine is on no other side of a proxy.
        let here = url.starts_with("http://") && !is_open_to_others(&url);
        let agent = if here { config.proxy(None) } else { config }.build().new_agent();
        Ok(Self { agent, url, token })
    }

    pub fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        self.ask(self.request("GET", path), (), SOON)
    }

    /// The first `most` of a list that comes in pages, and how many it has in all. `name` is what the answer calls them.
    pub fn list<T: DeserializeOwned>(&self, path: &str, name: &str, most: usize) -> Result<(Vec<T>, u64), Failure> {
        let more = if path.contains('?') { '&' } else { '?' };
        let (mut all, mut place) = (Vec::new(), String::new());
        loop {
            let limit = (most - all.len()).min(PAGE);
            let mut page: Value = self.get(&format!("{path}{more}limit={limit}{place}"))?;
            let items: Vec<T> =
                serde_json::from_value(page[name].take()).map_err(|error| self.not_understood(&error))?;
            all.extend(items);
            match page["next_cursor"].as_str() {
                Some(cursor) if all.len() < most => place = format!("&cursor={}", encode_component(cursor)),
                _ => return Ok((all, page["count"].as_u64().unwrap_or_default())),
            }
        }
    }

    pub fn delete(&self, path: &str) -> Result<Value, Failure> {
        self.ask(self.request("DELETE", path), (), SOON)
    }

    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, Failure> {
        self.ask(json_body(self.request("POST", path)), body.to_string(), SOON)
    }

    /// A submission, which is the same one when it must be sent twice because the first answer was lost.
    pub fn post_once(&self, path: &str, body: &Value, key: &str) -> Result<Value, Failure> {
        let send = || {
            let request = json_body(self.request("POST", path)).header("idempotency-key", key);
            self.ask(request, body.to_string(), SOON)
        };
        match send() {
            Err(lost) if lost.exit == super::exit::Exit::Unreachable => {
                std::thread::sleep(Duration::from_secs(1));
                send()
            }
            answered => answered,
        }
    }

    /// A body that the server works on for a while.
    pub fn post_bytes<T: DeserializeOwned>(&self, path: &str, body: Vec<u8>) -> Result<T, Failure> {
        self.ask(json_body(self.request("POST", path)), body, PATIENTLY)
    }

    /// A body of `length` bytes, which is not sent to a server that refuses it by its headers.
    pub fn upload(&self, path: &str, kind: &str, length: u64, body: &mut dyn Read) -> Result<Value, Failure> {
        let request = self
            .request("POST", path)
            .header(header::CONTENT_TYPE, kind)
            .header(header::CONTENT_LENGTH, length)
            .header(header::EXPECT, "100-continue");
        self.ask(request, SendBody::from_reader(body), PATIENTLY)
    }

    pub fn download(&self, path: &str) -> Result<Download, Failure> {
        let response = self.run(self.request("GET", path), (), SOON)?;
        if response.status() != 200 {
            return Err(self.refusal(response));
        }
        let named = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let file_name = named("content-disposition").and_then(|text| text.split('"').nth(1)).map(str::to_owned);
        let length = named("content-length").and_then(|text| text.parse().ok());
        let bytes = response.into_body().into_with_config().limit(u64::MAX).reader();
        Ok(Download { file_name, length, bytes: Box::new(bytes) })
    }

    fn request(&self, method: &str, path: &str) -> request::Builder {
        let request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.header(header::AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        }
    }

    fn ask<T: DeserializeOwned>(
        &self,
        request: request::Builder,
        body: impl AsSendBody,
        patience: Duration,
    ) -> Result<T, Failure> {
        let response = self.run(request, body, patience)?;
        if !response.status().is_success() {
            return Err(self.refusal(response));
        }
        let body = self.body(response)?;
        serde_json::from_slice(&body).map_err(|error| self.not_understood(&error))
    }

    fn not_understood(&self, error: &serde_json::Error) -> Failure {
        Failure::refused(format!("{} answered what this version does not understand: {error}.", self.url))
    }

    fn run(
        &self,
        request: request::Builder,
        body: impl AsSendBody,
        patience: Duration,
    ) -> Result<Response<Body>, Failure> {
        let request = request.body(body).map_err(|error| {
            // An address and a token are all that is not from here; the error names neither.
            Failure::usage(format!("No request can be made for {}: {error}.", self.url))
        })?;
        let request = self
            .agent
            .configure_request(request)
            .timeout_recv_response(Some(patience))
            .timeout_per_read(Some(patience))
            .build();
        self.agent.run(request).map_err(|error| self.lost(&error))
    }

    fn lost(&self, error: &ureq::Error) -> Failure {
        Failure::unreachable(format!("{} cannot be reached: {error}.", self.url))
    }

    fn body(&self, mut response: Response<Body>) -> Result<Vec<u8>, Failure> {
        response.body_mut().with_config().limit(ANSWER_BYTES).read_to_vec().map_err(|error| self.lost(&error))
    }

    fn refusal(&self, response: Response<Body>) -> Failure {
        let status = response.status();
        if let Some(place) = response.headers().get(header::LOCATION).filter(|_| status.is_redirection()) {
            let place = place.to_str().unwrap_or_default();
            let place = visible::visible(place);
            return Failure::refused(format!("{} sends elsewhere, to {place}. Sign in to that address.", self.url));
        }
        match self.body(response) {
            Ok(body) => Failure::told(status.as_u16(), &body, &self.url),
            Err(lost) => lost,
        }
    }
}

fn json_body(request: request::Builder) -> request::Builder {
    request.header(header::CONTENT_TYPE, "application/json")
}

/// Roots are Mozilla's, or those in the file that `SSL_CERT_FILE` names, as other programs have it.
fn tls() -> Result<TlsConfig, Failure> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = TlsConfig::builder().unversioned_rustls_crypto_provider(provider);
    let Some(file) = env::var_os("SSL_CERT_FILE").filter(|file| !file.is_empty()) else { return Ok(config.build()) };
    let file = Path::new(&file);
    let pem = fs::read(file).map_err(Failure::file("read", file))?;
    let certificates = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
            Ok(_) => None,
            Err(error) => Some(Err(io::Error::other(error))),
        })
        .collect::<Result<Vec<_>, _>>()
        .map_err(Failure::file("read", file))?;
    Ok(config.root_certs(RootCerts::new_with_certs(&certificates)).build())
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::{super::exit::Exit, Connection};

    #[test]
    fn a_server_that_is_not_there_is_said_to_be_unreachable_and_the_token_is_not_said() {
        let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let connection = Connection::new(url.clone(), Some("a secret".into())).unwrap();
        let failure = connection.get::<serde_json::Value>("/api/auth/me").unwrap_err();
        assert_eq!(failure.exit, Exit::Unreachable);
        assert!(failure.sentence().contains(&url) && !format!("{failure:?}").contains("secret"), "{failure:?}");
        let connection = Connection::new(url, Some("a secret\n".into())).unwrap();
        let failure = connection.get::<serde_json::Value>("/api/auth/me").unwrap_err();
        assert!(!format!("{failure:?}").contains("secret"), "{failure:?}");
    }
}
