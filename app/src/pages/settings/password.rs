//! Choosing a new password, with the one that one has.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::account::ChangePassword,
    components::{
        error::{FormAlert, FormError},
        part::Part,
        password::{NewPassword, Password},
        success::{Saved, emptied, successes},
    },
};

#[component]
pub fn PasswordPart(email: String, change: ServerAction<ChangePassword>) -> impl IntoView {
    view! {
        <Part
            id="change-password"
            title=t!("Password")
            about=t!("With a new one you are signed out everywhere else. API tokens go on.")
        >
            <PasswordForm email change />
        </Part>
    }
}

#[component]
pub fn PasswordForm(email: String, change: ServerAction<ChangePassword>) -> impl IntoView {
    let error = FormError::of(change);
    let done = successes(change);
    let fields = view! {
        // By this a browser knows whose password it keeps.
        <input type="text" autocomplete="username" value=email.clone() readonly hidden />
        <Password label=t!("Current password") for_id="current-password" name="current_password" error=error.field("current_password") />
        <NewPassword label=t!("New password") for_id="new-password" name="new_password" error=error.field("new_password") />
    };
    view! {
        <ActionForm action=change node_ref=emptied(done) attr:class="form">
            {fields}
            <FormAlert error />
            <div class="row">
                <button class="button primary" type="submit" disabled=change.pending()>{t!("Change password")}</button>
                <Saved done text=t!("Changed. You are signed out everywhere else.") />
            </div>
        </ActionForm>
    }
}
