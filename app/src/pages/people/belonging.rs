//! What whoever is looked at owns.

use domain::{UserId, user::Belongings};
use leptos::prelude::*;

use crate::api::{error::UiError, people::what_they_own};

pub type Owned = Resource<Result<Belongings, UiError>>;

/// Nothing, as long as nobody is looked at.
pub fn use_owned(person: Memo<Option<UserId>>) -> Owned {
    Resource::new_blocking(
        move || person.get(),
        |person| async move {
            match person {
                Some(id) => what_they_own(id).await,
                None => Ok(Belongings::default()),
            }
        },
    )
}
