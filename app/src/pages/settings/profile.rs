//! Who one is.

use domain::user::UserView;
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::account::ChangeName,
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        part::Part,
        people_words::{role_meaning, role_word},
        success::{Saved, successes},
    },
};

#[component]
pub fn ProfilePart(user: UserView, change: ServerAction<ChangeName>) -> impl IntoView {
    let error = FormError::of(change);
    let role = t!("{role}: {meaning}", role = role_word(user.role), meaning = role_meaning(user.role));
    view! {
        <Part id="profile" title=t!("Profile") about=t!("What others see of you, and what you may do here.")>
            <dl class="facts">
                <div><dt>{t!("E-mail")}</dt><dd><bdi>{user.email}</bdi></dd></div>
                <div><dt>{t!("Role")}</dt><dd>{role}</dd></div>
                <div><dt>{t!("Here since")}</dt><dd>{format::date(user.created_at)}</dd></div>
            </dl>
            <ActionForm action=change attr:class="form">
                <Field label=t!("Name") for_id="profile-name" error=error.field("name")>
                    <input
                        id="profile-name"
                        name="name"
                        type="text"
                        dir="auto"
                        autocomplete="name"
                        maxlength="100"
                        required
                        value=user.username
                    />
                </Field>
                <FormAlert error />
                <div class="row">
                    <button class="button primary" type="submit" disabled=change.pending()>{t!("Save")}</button>
                    <Saved done=successes(change) text=t!("Saved.") />
                </div>
            </ActionForm>
        </Part>
    }
}
