//! `athanor login` and `athanor logout`: the token of a server comes into the credentials file, and goes from it.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::client::{
    self, Connection, Credential, Credentials, Exit, Failure, ServerFlags, ask, is_open_to_others, server_url, tell,
    visible,
};

/// Without flags it asks for e-mail and password.
#[derive(clap::Args)]
pub struct Flags {
    /// Such as https://athanor.example.org or localhost:3000.
    url: String,
    /// Who signs in; asked for when absent.
    #[arg(long)]
    email: Option<String>,
    /// Take the password from the first line of standard input.
    #[arg(long, requires = "email")]
    password_stdin: bool,
    /// Keep the token in the first line of standard input; nobody is asked anything.
    #[arg(long, conflicts_with_all = ["email", "password_stdin"])]
    token_stdin: bool,
    /// Say it to programs: one JSON document.
    #[arg(long)]
    json: bool,
}

pub fn run(flags: Flags) -> ExitCode {
    client::run(flags.json, || login(&flags))
}

fn login(flags: &Flags) -> Result<Exit, Failure> {
    let url = server_url(&flags.url)?;
    if is_open_to_others(&url) {
        tell::complain("athanor: this address is not encrypted (https); others may read what is sent there.");
    }
    let (token, user) = if flags.token_stdin {
        let token = ask::secret_from_stdin("token")?;
        let user = Connection::new(url.clone(), Some(token.clone()))?.get::<Value>("/api/auth/me")?["user"].clone();
        (token, user)
    } else {
        let form = form(flags)?;
        let answer: Value = Connection::new(url.clone(), None)?.post("/api/auth/login", &form)?;
        let none = || Failure::refused(format!("{url} let you in, but gave no token."));
        (answer["token"].as_str().ok_or_else(none)?.to_owned(), answer["user"].clone())
    };
    let email = user["email"].as_str().unwrap_or_default().to_owned();
    let mut credentials = Credentials::load()?;
    let credential = Credential { token, email: email.clone(), session: !flags.token_stdin };
    credentials.servers.insert(url.clone(), credential);
    credentials.current = Some(url.clone());
    credentials.save()?;
    if flags.json {
        tell::say_json(&json!({"ok": true, "url": url, "user": user}))?;
    } else {
        tell::say(&format!("Signed in to {url} as {}.", visible(&email)))?;
    }
    Ok(Exit::Done)
}

fn form(flags: &Flags) -> Result<Value, Failure> {
    if !flags.password_stdin && !ask::can_ask() {
        let how = "Nobody can be asked here: give --email and --password-stdin, or --token-stdin.";
        return Err(Failure::usage(how));
    }
    let email = match &flags.email {
        Some(email) => email.clone(),
        None => ask::line("E-mail: ")?,
    };
    let password =
        if flags.password_stdin { ask::secret_from_stdin("password")? } else { ask::password("Password: ")? };
    Ok(json!({"email": email, "password": password}))
}

/// The session ends on the server too, if it was begun by `athanor login`.
#[derive(clap::Args)]
pub struct LogoutFlags {
    #[command(flatten)]
    server: ServerFlags,
}

pub fn run_logout(flags: LogoutFlags) -> ExitCode {
    client::run(flags.server.json, || logout(&flags.server))
}

fn logout(server: &ServerFlags) -> Result<Exit, Failure> {
    let mut credentials = Credentials::load()?;
    let named = server.named()?.or_else(|| credentials.current.clone());
    let known = named.and_then(|url| credentials.servers.remove_entry(&url));
    let (url, known) =
        known.ok_or_else(|| Failure::not_signed_in("Nobody is signed in, so there is nothing to forget."))?;
    if credentials.current.as_ref() == Some(&url) {
        credentials.current = None;
    }
    // Forgotten here whatever the server says.
    credentials.save()?;
    if known.session {
        let ended = Connection::new(url.clone(), Some(known.token))?.post::<Value>("/api/auth/logout", &json!({}));
        // One that has ended already is what was wanted.
        if let Err(failure) = ended
            && failure.exit != Exit::NotSignedIn
        {
            let sentence = format!("The token is forgotten here, but lives on at the server. {}", failure.sentence());
            return Err(failure.saying(sentence));
        }
    }
    if server.json {
        tell::say_json(&json!({"ok": true, "url": url}))?;
    } else {
        tell::say(&format!("Signed out of {url}."))?;
    }
    Ok(Exit::Done)
}
