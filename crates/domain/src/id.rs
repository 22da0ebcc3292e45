//! Identifiers: one type a thing, so that a job cannot be looked up by the id of a dataset. All are UUIDv7 on the wire.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($name:ident, $of:literal) => {
        #[doc = concat!("Identifies ", $of, ".")]
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    };
}

id!(UserId, "a person with an account");
id!(SessionId, "one sign-in of a user; the `sid` of a token");
id!(TokenId, "an API token");
id!(LinkId, "a link that invites somebody, or lets somebody choose a new password");
id!(WebhookId, "an address that is told when a job ends");
id!(DatasetId, "an uploaded dataset");
id!(JobId, "a training job");
id!(ModelId, "a trained model");
id!(ExperimentId, "jobs that belong together");
