//! One's own account: who one is, how one signs in, how pages look, which programs may act for one, and the way out.

mod agent;
mod deletion;
mod look;
mod password;
mod profile;
mod second_factor;
mod sessions;
mod tokens;
mod webhooks;

use domain::{ErrorCode, user::UserView};
use leptos::prelude::*;
use leptos_meta::Title;

use self::{
    deletion::{DeletionPart, Owned, use_owned},
    look::LookPart,
    password::{PasswordForm, PasswordPart},
    profile::ProfilePart,
    second_factor::{SecondFactor, SecondFactorPart, use_second_factor},
    sessions::{Sessions, SessionsPart, use_sessions},
    tokens::{Tokens, TokensPart, use_tokens},
    webhooks::{Webhooks, WebhooksPart, use_webhooks},
};
use crate::{
    api::{
        account::{ChangeName, ChangePassword},
        error::UiError,
    },
    components::{error::LoadError, loaded::loaded, success::successes},
    language::in_language,
    session::use_session,
};

/// What the page does. Made before its views, which come anew with every change of the account and in another language.
#[derive(Clone, Copy)]
struct Actions {
    name: ServerAction<ChangeName>,
    password: ServerAction<ChangePassword>,
    second_factor: SecondFactor,
    sessions: Sessions,
    tokens: Tokens,
    webhooks: Webhooks,
    owned: Owned,
}

#[component]
pub fn SettingsPage() -> impl IntoView {
    let session = use_session();
    let (name, password) = (ServerAction::<ChangeName>::new(), ServerAction::<ChangePassword>::new());
    let second_factor = use_second_factor();
    let (renamed, chosen) = (successes(name), successes(password));
    let switched = (successes(second_factor.confirm), successes(second_factor.end));
    let changed = move || (renamed.get(), chosen.get(), switched.0.get(), switched.1.get());
    // The frame of the page says it too.
    Effect::watch(changed, move |_, _, _| session.user.refetch(), false);
    // Who has to choose a new password may see none of these before.
    let (sessions, tokens, owned) = (use_sessions(chosen), use_tokens(chosen), use_owned(chosen));
    let webhooks = use_webhooks(chosen);
    let actions = Actions { name, password, second_factor, sessions, tokens, webhooks, owned };
    let retry = Callback::new(move |()| session.user.refetch());
    in_language(move || {
        view! {
            <Title text=t!("Settings") />
            <div class="head"><h1>{t!("Settings")}</h1></div>
            {loaded(session.user, marked!("Settings"), move |user| match user {
                Some(user) if user.must_change_password => view! { <NewPassword user actions /> }.into_any(),
                Some(user) => view! { <Parts user actions /> }.into_any(),
                None => {
                    let error = UiError::of(ErrorCode::Unauthenticated);
                    view! { <LoadError error what=t!("Settings") retry /> }.into_any()
                }
            })}
        }
    })
}

/// All that there is until a new password has been chosen.
#[component]
fn NewPassword(user: UserView, actions: Actions) -> impl IntoView {
    view! {
        <section class="entrance" aria-labelledby="new-password-title">
            <h2 id="new-password-title">{t!("Choose a new password")}</h2>
            <p class="lead">
                {t!("An administrator has asked for it. Until you have one, there is nothing else to be seen here.")}
            </p>
            <PasswordForm email=user.email change=actions.password />
        </section>
    }
}

#[component]
fn Parts(user: UserView, actions: Actions) -> impl IntoView {
    let (email, on) = (user.email.clone(), user.second_factor);
    view! {
        <div class="parts">
            <ProfilePart user change=actions.name />
            <LookPart />
            <PasswordPart email change=actions.password />
            <SecondFactorPart on factor=actions.second_factor />
            <SessionsPart sessions=actions.sessions />
            <TokensPart tokens=actions.tokens />
            <WebhooksPart webhooks=actions.webhooks />
            <DeletionPart owned=actions.owned />
        </div>
    }
}
