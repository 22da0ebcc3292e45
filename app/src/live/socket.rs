//! One WebSocket for the whole page, opened with the first subscription and closed some seconds after the last.
//!
//! Messages are routed by job. When the connection is lost it comes back by itself and asks, for each job, for everything
//! after the last sequence number that was seen: the server replays it, so nothing is missing and nothing comes twice.
//! Nothing here runs while the server renders: subscriptions are made in effects, which only browsers run.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    rc::Rc,
};

use domain::{
    ErrorCode, JobId,
    wire::socket::{ClientMessage, ServerMessage},
};
use futures::{
    FutureExt, SinkExt, StreamExt,
    channel::mpsc::{UnboundedSender, unbounded},
    future::{Fuse, FusedFuture},
    select,
};
use gloo_net::websocket::{Message, WebSocketError, futures::WebSocket};
use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::backoff;
use crate::components::format;

/// How the page stands with the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// Nothing has been heard yet.
    #[default]
    Connecting,
    /// What is shown is current.
    Live,
    /// Lost; the next attempt is so many seconds away.
    Reconnecting { seconds: u32 },
    /// The browser says that there is no network.
    Offline,
    /// The session has ended.
    SignedOut,
}

impl Connection {
    /// A word or two beside the indicator.
    pub fn label(self) -> String {
        match self {
            Self::Connecting => t!("Connecting").to_owned(),
            Self::Live => t!("Live").to_owned(),
            Self::Reconnecting { seconds: 0 } => t!("Reconnecting").to_owned(),
            Self::Reconnecting { seconds } => {
                t!("Reconnecting in {seconds} s", seconds = format::count(u64::from(seconds)))
            }
            Self::Offline => t!("Offline").to_owned(),
            Self::SignedOut => t!("Signed out").to_owned(),
        }
    }

    /// The name that style sheets and tests know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Offline => "offline",
            Self::SignedOut => "signed-out",
        }
    }
}

/// What a listener wants to hear of.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Topic {
    Job(JobId),
    UserJobs,
}

/// Names a subscription; give it to [`unsubscribe`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token(u64);

type Listener = Rc<dyn Fn(&ServerMessage)>;

#[derive(Default)]
struct Hub {
    listeners: BTreeMap<Token, (Topic, Listener)>,
    /// The newest sequence number seen of each job that somebody listens to.
    positions: HashMap<JobId, u64>,
    next_token: u64,
    /// Present while the driver runs.
    outbox: Option<UnboundedSender<ClientMessage>>,
}

thread_local! {
    static HUB: RefCell<Hub> = RefCell::default();
    static CONNECTION: ArcRwSignal<Connection> = ArcRwSignal::new(Connection::Connecting);
}

/// How the one connection of this page stands.
pub(super) fn connection() -> ArcRwSignal<Connection> {
    CONNECTION.with(Clone::clone)
}

/// Calls `listener` with every message of `topic`; of a job, those after `after`.
pub(super) fn subscribe(topic: Topic, after: u64, listener: impl Fn(&ServerMessage) + 'static) -> Token {
    let (token, idle) = HUB.with_borrow_mut(|hub| {
        let token = Token(hub.next_token);
        hub.next_token += 1;
        hub.listeners.insert(token, (topic, Rc::new(listener)));
        if let Topic::Job(job_id) = topic {
            // Two listeners of one job: replay from the earlier one; each ignores what it has seen.
            hub.positions.entry(job_id).and_modify(|seen| *seen = after.min(*seen)).or_insert(after);
        }
        hub.send(hub.subscription(topic));
        (token, hub.outbox.is_none())
    });
    if idle {
        start();
    }
    token
}

/// Ends a subscription.
pub(super) fn unsubscribe(token: Token) {
    HUB.with_borrow_mut(|hub| {
        let Some((topic, _)) = hub.listeners.remove(&token) else { return };
        if hub.listeners.values().any(|(other, _)| *other == topic) {
            return;
        }
        match topic {
            Topic::Job(job_id) => {
                hub.positions.remove(&job_id);
                hub.send(ClientMessage::UnsubscribeJob { job_id });
            }
            Topic::UserJobs => hub.send(ClientMessage::UnsubscribeUserJobs),
        }
    });
}

impl Hub {
    fn subscription(&self, topic: Topic) -> ClientMessage {
        match topic {
            Topic::Job(job_id) => {
                ClientMessage::SubscribeJob { job_id, after: self.positions.get(&job_id).copied().unwrap_or(0) }
            }
            Topic::UserJobs => ClientMessage::SubscribeUserJobs,
        }
    }

    /// Every subscription that a new connection has to make, each once.
    fn subscriptions(&self) -> Vec<ClientMessage> {
        let jobs = self.positions.keys().map(|job_id| self.subscription(Topic::Job(*job_id)));
        let list = self.listeners.values().any(|(topic, _)| *topic == Topic::UserJobs);
        jobs.chain(list.then_some(ClientMessage::SubscribeUserJobs)).collect()
    }

    /// Says something if there is a connection; a new one begins with all subscriptions anyway.
    fn send(&self, message: ClientMessage) {
        if let Some(outbox) = &self.outbox {
            // Fails only between two connections.
            let _ = outbox.unbounded_send(message);
        }
    }
}

fn nobody_listens() -> bool {
    HUB.with_borrow(|hub| hub.listeners.is_empty())
}

fn deliver(message: &ServerMessage) {
    let about = match message {
        ServerMessage::JobUpdate { job_id, .. }
        | ServerMessage::JobLog { job_id, .. }
        | ServerMessage::Error { job_id: Some(job_id), .. } => Some(Topic::Job(*job_id)),
        ServerMessage::JobStatus(_) => Some(Topic::UserJobs),
        ServerMessage::JobDeleted { .. } => None,
        ServerMessage::Error { .. } | ServerMessage::Pong => return,
    };
    // A listener may subscribe or unsubscribe, so none is called while the table is borrowed.
    let listeners: Vec<Listener> = HUB.with_borrow_mut(|hub| {
        if let Some((job_id, seq)) = message.position()
            && let Some(seen) = hub.positions.get_mut(&job_id)
        {
            *seen = seq.max(*seen);
        }
        let wanted = hub.listeners.values().filter(|(topic, _)| about.is_none_or(|about| about == *topic));
        wanted.map(|(_, listener)| Rc::clone(listener)).collect()
    });
    for listener in listeners {
        listener(message);
    }
}

/// Why a connection ended.
enum End {
    /// Nobody listens any more.
    Idle,
    SignedOut,
    /// Anything else; whether the server had answered.
    Lost {
        lived: bool,
    },
}

fn start() {
    // An outbox that nobody reads yet keeps a second driver from being started.
    HUB.with_borrow_mut(|hub| hub.outbox = Some(unbounded().0));
    connection().set(Connection::Connecting);
    spawn_local(drive());
}

async fn drive() {
    let state = connection();
    let mut failures = 0;
    loop {
        match converse().await {
            End::Idle => break,
            End::SignedOut => {
                state.set(Connection::SignedOut);
                break;
            }
            End::Lost { lived } => {
                if lived {
                    failures = 0;
                } else if signed_out().await {
                    state.set(Connection::SignedOut);
                    break;
                }
            }
        }
        pause(&state, backoff::wait_ms(failures, js_sys::Math::random())).await;
        failures += 1;
        if nobody_listens() {
            break;
        }
    }
    HUB.with_borrow_mut(|hub| hub.outbox = None);
}

/// Waits out a back-off, counting down in `state`; longer while the browser has no network.
async fn pause(state: &ArcRwSignal<Connection>, mut left_ms: u32) {
    loop {
        if window().navigator().on_line() {
            state.set(Connection::Reconnecting { seconds: left_ms / 1000 });
            let slice = left_ms.min(1000);
            TimeoutFuture::new(slice).await;
            left_ms -= slice;
        } else {
            state.set(Connection::Offline);
            TimeoutFuture::new(1000).await;
            left_ms = 0;
            continue;
        }
        if left_ms == 0 {
            return;
        }
    }
}

/// A refused upgrade does not tell the page its status, so ask where the status is visible.
async fn signed_out() -> bool {
    matches!(gloo_net::http::Request::get("/api/auth/me").send().await, Ok(answer) if answer.status() == 401)
}

fn address() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}

/// How long the line may be quiet, how long an answer to a ping may take, how long to stay when nobody listens.
const QUIET_MS: u32 = 25_000;
const ANSWER_MS: u32 = 10_000;
const LINGER_MS: u32 = 5_000;

/// One connection, from opening to its end.
async fn converse() -> End {
    let Some(Ok(socket)) = address().map(|url| WebSocket::open(&url)) else { return End::Lost { lived: false } };
    let (mut sink, stream) = socket.split();
    let mut stream = stream.fuse();
    let (outbox, mut inbox) = unbounded();
    let mut to_send = HUB.with_borrow_mut(|hub| {
        hub.outbox = Some(outbox);
        hub.subscriptions()
    });
    // Answered after the subscriptions were read: the first answer means that all of them stand.
    to_send.push(ClientMessage::Ping);
    let mut lived = false;
    let mut waiting = true;
    let mut alarm = TimeoutFuture::new(ANSWER_MS).fuse();
    let mut linger: Fuse<TimeoutFuture> = Fuse::terminated();
    loop {
        for message in to_send.drain(..) {
            let Ok(text) = serde_json::to_string(&message) else { continue };
            // The first waits for the handshake. Not closing a socket in the middle of it keeps the console silent.
            let mut sending = sink.send(Message::Text(text)).fuse();
            select! {
                sent = sending => if sent.is_err() { return End::Lost { lived } },
                () = alarm => return End::Lost { lived },
            }
        }
        if !nobody_listens() {
            linger = Fuse::terminated();
        } else if linger.is_terminated() {
            linger = TimeoutFuture::new(LINGER_MS).fuse();
        }
        select! {
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if !lived {
                        lived = true;
                        connection().set(Connection::Live);
                    }
                    if waiting {
                        waiting = false;
                        alarm = TimeoutFuture::new(QUIET_MS).fuse();
                    }
                    match serde_json::from_str(&text) {
                        Ok(ServerMessage::Error { code: ErrorCode::Unauthenticated, job_id: None, .. }) => {
                            return End::SignedOut;
                        }
                        Ok(message) => deliver(&message),
                        Err(error) => leptos::logging::warn!("a message from the server could not be read: {error}"),
                    }
                }
                // An error is followed by a close event, which says more.
                Some(Ok(Message::Bytes(_)) | Err(WebSocketError::ConnectionError)) => {}
                Some(Err(WebSocketError::ConnectionClose(event))) if matches!(event.code, 1008 | 4401) => {
                    return End::SignedOut;
                }
                Some(Err(_)) | None => return End::Lost { lived },
            },
            message = inbox.next() => to_send.extend(message),
            () = alarm => {
                if waiting {
                    return End::Lost { lived };
                }
                waiting = true;
                alarm = TimeoutFuture::new(ANSWER_MS).fuse();
                to_send.push(ClientMessage::Ping);
            }
            () = linger => if nobody_listens() { return End::Idle },
        }
    }
}
