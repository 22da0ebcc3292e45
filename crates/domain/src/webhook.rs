//! Webhooks: addresses of other programs that are told when a job has ended, as <https://www.standardwebhooks.com> says.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    JobId, Timestamp, WebhookId,
    job::{JobState, JobSummary},
};

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum WebhookEvent {
    /// Somebody tries whether messages arrive.
    #[serde(rename = "ping")]
    Ping,
    #[serde(rename = "job.completed")]
    JobCompleted,
    #[serde(rename = "job.failed")]
    JobFailed,
    #[serde(rename = "job.stopped")]
    JobStopped,
}

impl WebhookEvent {
    const ALL: [Self; 4] = [Self::Ping, Self::JobCompleted, Self::JobFailed, Self::JobStopped];

    /// The name used in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ping => "ping",
            Self::JobCompleted => "job.completed",
            Self::JobFailed => "job.failed",
            Self::JobStopped => "job.stopped",
        }
    }

    /// The reverse of [`WebhookEvent::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.as_str() == text)
    }

    /// How a job has ended, if it has.
    pub fn of(state: JobState) -> Option<Self> {
        match state {
            JobState::Completed => Some(Self::JobCompleted),
            JobState::Failed => Some(Self::JobFailed),
            JobState::Stopped => Some(Self::JobStopped),
            JobState::Queued | JobState::Starting | JobState::Loading | JobState::Running => None,
        }
    }
}

/// `POST /api/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct WebhookRequest {
    /// Where messages are posted to: `https://` or `http://`, on the public internet unless whoever runs the server allows
    /// networks of its own.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 2000))]
    pub url: String,
}

/// An address that is told when a job of its owner has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookView {
    pub id: WebhookId,
    pub url: String,
    pub created_at: Timestamp,
    /// The newest message to it.
    pub last_delivery: Option<DeliveryView>,
}

/// A webhook that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewWebhook {
    /// By which its receiver knows that a message is from here. It is not shown again.
    pub secret: String,
    #[serde(flatten)]
    pub webhook: WebhookView,
}

/// A message, and what became of it. Without `delivered_at` and `next_try_at` it was given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    /// The header `webhook-id` of the message, the same in every try.
    pub id: Uuid,
    pub event: WebhookEvent,
    pub job_id: Option<JobId>,
    pub created_at: Timestamp,
    pub tries: u32,
    /// When the receiver took it.
    pub delivered_at: Option<Timestamp>,
    pub next_try_at: Option<Timestamp>,
    /// What the receiver answered last: an HTTP status.
    pub status: Option<u16>,
    /// Why it was not delivered the last time.
    pub error: Option<String>,
}

/// What is posted.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookMessage {
    #[serde(rename = "type")]
    pub event: WebhookEvent,
    /// When it happened.
    pub timestamp: Timestamp,
    pub data: WebhookData,
}

#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookData {
    /// The job as lists show it; absent in a `ping`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<JobSummary>,
}

#[cfg(test)]
mod tests {
    use super::WebhookEvent;

    #[test]
    fn events_are_called_the_same_everywhere() {
        for event in WebhookEvent::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
            assert_eq!(WebhookEvent::parse(event.as_str()), Some(event));
        }
    }
}
