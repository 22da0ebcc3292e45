//! The way out: the account goes, and everything that it owns.

use domain::{ErrorCode, user::Belongings};
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::{auth::current_user, error::UiError, people::what_they_own},
    components::{
        error::{FormAlert, FormError},
        loaded::loaded,
        part::Part,
        password::Password,
        people_words::belongings_words,
    },
    session::use_session,
};

/// What goes with it.
pub type Owned = Resource<Result<Belongings, UiError>>;

/// `password` changes when one is chosen, before which there may be nothing to be seen.
pub fn use_owned(password: Memo<usize>) -> Owned {
    Resource::new_blocking(
        move || password.get(),
        |_| async move {
            let user = current_user().await?.ok_or_else(|| UiError::of(ErrorCode::Unauthenticated))?;
            what_they_own(user.id).await
        },
    )
}

#[component]
pub fn DeletionPart(owned: Owned) -> impl IntoView {
    let delete = use_session().delete;
    let error = FormError::of(delete);
    let sentence = |owned: Belongings| {
        let active = (owned.active_jobs > 0).then(|| {
            let sentence = t!("Some of the jobs have not ended: stop them first.");
            view! { <p class="warnings">{sentence}</p> }
        });
        view! {
            <p>{t!("With your account go {things}. Nobody can bring them back.", things = belongings_words(&owned))}</p>
            {active}
        }
    };
    view! {
        <Part
            id="deletion"
            title=t!("Delete account")
            about=t!("An administrator can hand over what you own to somebody else instead.")
        >
            <details class="danger">
                <summary>{t!("Delete my account")}</summary>
                {loaded(owned, marked!("Account"), sentence)}
                <ActionForm action=delete attr:class="form">
                    <Password label=t!("Password") for_id="deletion-password" error=error.field("password") />
                    <FormAlert error />
                    <button class="button dangerous" type="submit" disabled=delete.pending()>
                        {t!("Yes, delete everything")}
                    </button>
                </ActionForm>
            </details>
        </Part>
    }
}
