//! `GET /ws`: subscriptions to jobs and to the list of jobs. Each socket has one task; a slow reader holds up nobody,
//! because a feed that falls behind reads the database again and says the same in fewer messages.

use std::{pin::Pin, time::Duration};

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
};
use domain::{
    ApiError, ErrorCode, JobId, Principal,
    wire::socket::{ClientMessage, ServerMessage},
};
use futures::{FutureExt, SinkExt, Stream, stream::unfold};
use platform::{
    Error,
    events::{self, Told},
    users,
};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tokio_stream::{StreamExt, StreamMap};

use super::{
    error::Failure,
    metrics::{FEED_LAG, FOLLOWED, SOCKETS},
    principal::credentials,
};
use crate::state::AppState;

/// Longest message that a client may send.
const MESSAGE_BYTES: usize = 16 * 1024;
/// Jobs that one socket may follow.
const SUBSCRIPTIONS: usize = 256;
/// How often a quiet socket is pinged and its session looked up again.
const CHECK: Duration = Duration::from_secs(5);
/// A client that takes longer than this to take a message is gone.
const SEND: Duration = Duration::from_secs(20);

/// What it costs to tell one more watcher something, about. A socket that has been told waits for so long, times the sockets
/// that are open, before it is told again: all that comes in between goes in one write. With few sockets that is no time at
/// all; with a thousand it is 60 ms, and whoever trains keeps most of the machine.
const COST: Duration = Duration::from_micros(60);
const LONGEST_PAUSE: Duration = Duration::from_millis(60);
/// Messages in one write.
const TOGETHER: usize = 64;
/// Of each socket; what is longer is written in parts.
const BUFFER_BYTES: usize = 8 * 1024;

/// Close codes: RFC 6455 section 7.4; 4000 to 4999 are ours.
const GOING_AWAY: u16 = 1001;
const SIGNED_OUT: u16 = 4401;

/// Upgrades the connection of a signed-in caller.
pub async fn upgrade(
    State(state): State<AppState>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Failure> {
    let (token, _) = credentials(&headers).ok_or_else(ApiError::unauthenticated)?;
    let principal = users::authenticate(&state.platform, &token).await?;
    let upgrade =
        upgrade.map_err(|_| ApiError::new(ErrorCode::BadRequest, "This address speaks WebSocket (RFC 6455) only."))?;
    let upgrade = upgrade
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES)
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES);
    Ok(upgrade.on_upgrade(move |socket| {
        let told = Instant::now();
        Session { state, principal, token, socket, feeds: StreamMap::new(), told }.run()
    }))
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Topic {
    Job(JobId),
    List,
}

type Feed = Pin<Box<dyn Stream<Item = Result<Told, Error>> + Send>>;

struct Session {
    state: AppState,
    principal: Principal,
    token: String,
    socket: WebSocket,
    feeds: StreamMap<Topic, Feed>,
    /// When it may be told something again.
    told: Instant,
}

/// The connection is gone.
struct Gone;

impl Session {
    async fn run(mut self) {
        let _open = SOCKETS.up();
        let stop = self.state.stop.clone();
        let mut check = interval(CHECK);
        check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        check.tick().await;
        loop {
            let paused = self.told > Instant::now();
            let lives = tokio::select! {
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(message).await,
                    Some(Err(_)) | None => Err(Gone),
                },
                Some((topic, message)) = self.feeds.next(), if !paused && !self.feeds.is_empty() => {
                    self.tell_all(topic, message).await
                }
                () = sleep_until(self.told), if paused => Ok(()),
                _ = check.tick() => self.check().await,
                () = stop.cancelled() => {
                    self.close(GOING_AWAY, "the server is being restarted").await;
                    Err(Gone)
                }
            };
            if lives.is_err() {
                return;
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Gone> {
        let text = match message {
            Message::Text(text) => text,
            Message::Binary(_) => return self.refuse(ErrorCode::BadRequest, "Send text, not bytes.", None).await,
            // Answered by the protocol itself.
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
            Message::Close(_) => return Err(Gone),
        };
        match serde_json::from_str(&text) {
            Ok(ClientMessage::SubscribeJob { job_id, after }) => self.follow_job(job_id, after).await,
            Ok(ClientMessage::UnsubscribeJob { job_id }) => {
                self.feeds.remove(&Topic::Job(job_id));
                Ok(())
            }
            Ok(ClientMessage::SubscribeUserJobs) => {
                let feed = events::follow_user(&self.state.platform, &self.principal);
                let feed = unfold((feed, FOLLOWED.up()), |(mut feed, up)| async {
                    Some((feed.next().await.transpose()?, (feed, up)))
                });
                self.feeds.insert(Topic::List, Box::pin(feed));
                Ok(())
            }
            Ok(ClientMessage::UnsubscribeUserJobs) => {
                self.feeds.remove(&Topic::List);
                Ok(())
            }
            Ok(ClientMessage::Ping) => self.send(&ServerMessage::Pong).await,
            Err(error) => {
                let sentence = format!("This message could not be read: {error}.");
                self.refuse(ErrorCode::BadRequest, &sentence, None).await
            }
        }
    }

    async fn follow_job(&mut self, job_id: JobId, after: u64) -> Result<(), Gone> {
        if self.feeds.len() >= SUBSCRIPTIONS && !self.feeds.contains_key(&Topic::Job(job_id)) {
            let sentence = format!("One socket follows at most {SUBSCRIPTIONS} jobs.");
            return self.refuse(ErrorCode::Busy, &sentence, Some(job_id)).await;
        }
        match events::follow_job(&self.state.platform, &self.principal, job_id, after).await {
            Ok(feed) => {
                let feed = unfold((feed, FOLLOWED.up()), |(mut feed, up)| async {
                    Some((feed.next().await.transpose()?, (feed, up)))
                });
                self.feeds.insert(Topic::Job(job_id), Box::pin(feed));
                Ok(())
            }
            Err(error) => {
                let Failure(refusal) = error.into();
                self.refuse(refusal.code, &refusal.message, Some(job_id)).await
            }
        }
    }

    /// Tells what has come, and what else is there by now, in one write.
    async fn tell_all(&mut self, topic: Topic, message: Result<Told, Error>) -> Result<(), Gone> {
        self.tell(topic, message).await?;
        for _ in 1..TOGETHER {
            let Some(Some((topic, message))) = self.feeds.next().now_or_never() else { break };
            self.tell(topic, message).await?;
        }
        self.flush().await?;
        self.told = Instant::now() + (COST * u32::try_from(SOCKETS.get()).unwrap_or(1)).min(LONGEST_PAUSE);
        Ok(())
    }

    async fn tell(&mut self, topic: Topic, message: Result<Told, Error>) -> Result<(), Gone> {
        match message {
            Ok(message) => self.pass_on(&message).await,
            Err(error) => {
                // The subscription ends; the client may ask for it again.
                self.feeds.remove(&topic);
                let Failure(refusal) = error.into();
                let job_id = if let Topic::Job(job_id) = topic { Some(job_id) } else { None };
                self.refuse(refusal.code, &refusal.message, job_id).await
            }
        }
    }

    /// Logging out elsewhere ends the socket too. Who has become something else comes again, and sees what they see now.
    async fn check(&mut self) -> Result<(), Gone> {
        match users::authenticate(&self.state.platform, &self.token).await {
            Err(Error::Refused(_)) => {
                self.refuse(ErrorCode::Unauthenticated, "Sign in first.", None).await?;
                self.close(SIGNED_OUT, "the session has ended").await;
                return Err(Gone);
            }
            Ok(principal) if principal.role != self.principal.role => {
                self.close(GOING_AWAY, "the account has another role now").await;
                return Err(Gone);
            }
            // A database that does not answer says nothing of who asks.
            Ok(_) | Err(_) => {}
        }
        self.write(Message::Ping(bytes::Bytes::new())).await
    }

    async fn refuse(&mut self, code: ErrorCode, error: &str, job_id: Option<JobId>) -> Result<(), Gone> {
        self.send(&ServerMessage::Error { code, error: error.to_owned(), job_id }).await
    }

    async fn send(&mut self, message: &ServerMessage) -> Result<(), Gone> {
        let text = serde_json::to_string(message).map_err(|error| {
            tracing::error!(%error, "a message could not be written");
            Gone
        })?;
        self.write(Message::Text(text.into())).await
    }

    /// Bytes that all watchers share.
    async fn pass_on(&mut self, told: &Told) -> Result<(), Gone> {
        let text = told.json().ok().and_then(|json| Utf8Bytes::try_from(json).ok());
        self.buffer(Message::Text(text.ok_or(Gone)?)).await?;
        if let Some(committed) = told.committed() {
            FEED_LAG.observe(committed.elapsed().as_secs_f64());
        }
        Ok(())
    }

    async fn write(&mut self, message: Message) -> Result<(), Gone> {
        self.buffer(message).await?;
        self.flush().await
    }

    /// Goes out with the next flush, or when the buffer is full.
    async fn buffer(&mut self, message: Message) -> Result<(), Gone> {
        match timeout(SEND, self.socket.feed(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    async fn flush(&mut self) -> Result<(), Gone> {
        match timeout(SEND, self.socket.flush()).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Gone),
        }
    }

    async fn close(&mut self, code: u16, reason: &'static str) {
        let _ = self.write(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await;
    }
}
