//! Who sees what besides its owner.

use serde::{Deserialize, Serialize};

use crate::{ApiError, error::FieldErrors};

/// How much somebody may do with what was shared with them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Look, download, predict.
    View,
    /// Also change what is said about it, stop it and let it go on. Deleting it, and sharing it, stays with the owner.
    Edit,
}

/// Most people with whom one thing is shared by name.
const PEOPLE: usize = 200;

/// `PUT /api/shares/{id}`: with whom a dataset, a job (with its model) or an experiment (with its jobs) is shared from now on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Sharing {
    /// What everybody who is signed in may do; nothing when absent.
    #[serde(default)]
    pub everyone: Option<Access>,
    #[serde(default)]
    pub people: Vec<SharedWith>,
}

/// Somebody, by the e-mail that they have registered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SharedWith {
    pub email: String,
    pub access: Access,
}

impl Sharing {
    /// Trims the addresses; of one that is there twice the last counts.
    pub fn validate(mut self) -> Result<Self, ApiError> {
        let mut errors = FieldErrors::default();
        errors.require(self.people.len() <= PEOPLE, "people", "Share with at most 200 people by name.");
        errors.into_result()?;
        let mut people: Vec<SharedWith> = Vec::new();
        for SharedWith { email, access } in self.people {
            let person = SharedWith { email: email.trim().to_owned(), access };
            people.retain(|other| other.email.to_lowercase() != person.email.to_lowercase());
            people.push(person);
        }
        self.people = people;
        Ok(self)
    }
}

/// With whom something is shared, and what the caller may do with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SharingView {
    /// Whether the caller may change it: what it says, and with whom it is shared.
    pub can_edit: bool,
    pub can_share: bool,
    /// Whose it is; absent for samples.
    pub owner: Option<String>,
    /// Told only to those who may share it.
    pub sharing: Sharing,
}
