//! Whether the time of a sign-in tells who has an account, and whether guessing passwords holds anybody else up.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use ureq::Agent;

use crate::{
    client::{Client, PASSWORD, unique_email},
    server::{Server, Setup},
};

/// Wrong passwords for accounts that are there, and as many for such that are not, taking turns.
const TRIES: usize = 60;
/// Guesses a second from one address, and for how long.
const GUESSES: u32 = 1_000;
const FLOOD: Duration = Duration::from_secs(10);
const GUESSERS: u32 = 8;

pub(super) fn run(setup: &Setup) -> anyhow::Result<()> {
    // So that each guess may come from an address of its own, as far as the server knows.
    let server = Server::start(&setup.with(&["--trusted-proxies", "127.0.0.1"]))?;
    timing(&server)?;
    flood(&server)
}

/// A connection whose requests say where they come from.
struct Caller {
    agent: Agent,
    address: String,
    login: String,
}

impl Caller {
    fn new(server: &Server, address: String) -> Self {
        let config = Agent::config_builder().http_status_as_error(false).proxy(None).build();
        Self { agent: config.into(), address, login: format!("{}/api/auth/login", server.url) }
    }

    /// The status of a sign-in with a wrong password.
    fn guess(&self, email: &str) -> anyhow::Result<u16> {
        let form = json!({ "email": email, "password": "not this horse" }).to_string();
        let request = self.agent.post(&self.login).header("x-forwarded-for", &self.address);
        let mut response = request.header("content-type", "application/json").send(&form)?;
        response.body_mut().read_to_string()?;
        Ok(response.status().as_u16())
    }
}

fn timing(server: &Server) -> anyhow::Result<()> {
    let client = Client::new(&server.url);
    let mut known = Vec::new();
    for _ in 0..TRIES {
        let email = unique_email();
        client.post("/api/auth/register", &json!({ "email": email, "password": PASSWORD }))?;
        known.push(email);
    }
    let (mut there, mut not_there) = (Vec::new(), Vec::new());
    for (number, email) in known.iter().enumerate() {
        // In turns, so that whatever else the machine does meets both.
        let guesses = [(email.clone(), &mut there), (unique_email(), &mut not_there)];
        for (turn, (email, times)) in guesses.into_iter().enumerate() {
            let caller = Caller::new(server, format!("192.0.{}.{}", 2 + turn, number + 1));
            let start = Instant::now();
            let status = caller.guess(&email)?;
            times.push(start.elapsed());
            anyhow::ensure!(status == 401, "a wrong password was answered with {status}");
        }
    }
    let (there, not_there) = (median(there), median(not_there));
    let ratio = there.as_secs_f64() / not_there.as_secs_f64();
    println!("a known account           {:.1} ms (median of {TRIES} wrong passwords)", ms(there));
    println!("an unknown one            {:.1} ms", ms(not_there));
    println!("ratio                     {ratio:.3}");
    Ok(())
}

/// One address guesses as fast as it may; somebody else looks at their jobs.
fn flood(server: &Server) -> anyhow::Result<()> {
    let client = Client::new(&server.url).stranger()?;
    let quiet = watch(&client)?;
    let (over, sent, refused) = (AtomicBool::new(false), AtomicU64::new(0), AtomicU64::new(0));
    let busy = thread::scope(|scope| {
        for _ in 0..GUESSERS {
            scope.spawn(|| {
                let caller = Caller::new(server, "203.0.113.1".to_owned());
                let every = Duration::from_secs(1) * GUESSERS / GUESSES;
                let mut next = Instant::now();
                while !over.load(Ordering::Relaxed) {
                    if let Ok(status) = caller.guess("victim@example.org") {
                        sent.fetch_add(1, Ordering::Relaxed);
                        refused.fetch_add(u64::from(status == 429), Ordering::Relaxed);
                    }
                    next += every;
                    thread::sleep(next.saturating_duration_since(Instant::now()));
                }
            });
        }
        let busy = watch(&client);
        over.store(true, Ordering::Relaxed);
        busy
    })?;
    let seconds = FLOOD.as_secs_f64();
    let (sent, refused) = (sent.into_inner(), refused.into_inner());
    println!(
        "guesses                   {:.0} a second, {refused} of {sent} refused before any work",
        sent as f64 / seconds
    );
    println!("list of jobs, p99         {:.1} ms alone, {:.1} ms beside them", ms(quiet), ms(busy));
    Ok(())
}

/// The slowest hundredth of looking at one's jobs for a while.
fn watch(client: &Client) -> anyhow::Result<Duration> {
    let (start, mut times) = (Instant::now(), Vec::new());
    while start.elapsed() < FLOOD {
        let asked = Instant::now();
        client.get("/api/training/jobs")?;
        times.push(asked.elapsed());
        thread::sleep(Duration::from_millis(10));
    }
    times.sort_unstable();
    Ok(times.get(times.len() * 99 / 100).copied().unwrap_or_default())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}
