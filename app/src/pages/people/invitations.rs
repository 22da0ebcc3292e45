//! Invitations: links by which one person makes an account.

use domain::{
    Role,
    access::{InvitationView, NewLink},
};
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::{
        error::UiError,
        people::{Invite, WithdrawInvitation, invitations},
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        loaded::loaded,
        once::{NeedsScript, Once, OnceButton},
        part::Part,
        people_words::role_word,
        success::{answer, emptied, successes},
    },
};

#[derive(Clone, Copy)]
pub struct Invitations {
    list: Resource<Result<Vec<InvitationView>, UiError>>,
    invite: ServerAction<Invite>,
    withdraw: ServerAction<WithdrawInvitation>,
}

pub fn use_invitations() -> Invitations {
    let (invite, withdraw) = (ServerAction::new(), ServerAction::new());
    let (invited, withdrawn) = (successes(invite), successes(withdraw));
    let list = Resource::new_blocking(move || (invited.get(), withdrawn.get()), |_| invitations());
    Invitations { list, invite, withdraw }
}

/// A link as it is sent to somebody: the server does not know by which name people reach it.
pub fn whole(path: &str) -> String {
    // A page that is shown has an address.
    window().location().origin().unwrap_or_default() + path
}

#[component]
pub fn InvitationsPart(invitations: Invitations) -> impl IntoView {
    let made = answer(invitations.invite);
    let shown = |NewLink { path, expires_at, .. }: NewLink| {
        let until = format::moment(expires_at);
        view! {
            <div class="shown-once">
                <p>{t!("Whoever has it may make one account, until {until} (UTC). It is not shown again.", until = until)}</p>
                <Once id="invitation-link" label=t!("Invitation") text=whole(&path) />
            </div>
        }
    };
    view! {
        <Part id="invitations" title=t!("Invitations") about=t!("Links that work once, for a week. Send them yourself.")>
            {loaded(invitations.list, marked!("Invitations"), move |list| view! { <List list withdraw=invitations.withdraw /> })}
            <FormAlert error=FormError::of(invitations.withdraw) />
            {move || made.get().map(shown)}
            <Make invite=invitations.invite />
        </Part>
    }
}

#[component]
fn List(list: Vec<InvitationView>, withdraw: ServerAction<WithdrawInvitation>) -> impl IntoView {
    if list.is_empty() {
        return view! { <p class="empty-line">{t!("Nobody is invited now.")}</p> }.into_any();
    }
    let rows = list.into_iter().map(|invitation| {
        let InvitationView { id, email, role, created_at, expires_at } = invitation;
        let whom = match email {
            Some(email) => view! { <bdi>{email}</bdi> }.into_any(),
            None => t!("Whoever has the link").into_any(),
        };
        let times = t!("made {made}, ends {end}", made = format::moment(created_at), end = format::moment(expires_at));
        view! {
            <li>
                <div class="line-about">
                    <p>{whom} <span class="label">{role_word(role)}</span></p>
                    <p class="sub">{times}</p>
                </div>
                <ActionForm action=withdraw>
                    <input type="hidden" name="id" value=id.to_string() />
                    <button class="button quiet" type="submit">{t!("Withdraw")}</button>
                </ActionForm>
            </li>
        }
    });
    view! { <ul class="lines">{rows.collect_view()}</ul> }.into_any()
}

#[component]
fn Make(invite: ServerAction<Invite>) -> impl IntoView {
    let error = FormError::of(invite);
    let done = successes(invite);
    let fields = {
        let options = Role::ALL.iter().map(|role| {
            view! { <option value=role.as_str() selected={*role == Role::Member}>{role_word(*role)}</option> }
        });
        let options = options.collect_view();
        view! {
            <Field label=t!("Role") for_id="invitation-role">
                <select id="invitation-role" name="role">{options}</select>
            </Field>
            <Field
                label=t!("E-mail")
                for_id="invitation-email"
                hint=t!("May be left out: then whoever has the link may use it.")
                error=error.field("email")
            >
                <input id="invitation-email" name="email" type="email" dir="ltr" autocomplete="off" />
            </Field>
        }
    };
    view! {
        <ActionForm action=invite node_ref=emptied(done) attr:class="form with-script">
            {fields}
            <FormAlert error />
            <div class="row">
                <OnceButton class="button" pending=invite.pending() text=t!("Make an invitation") />
            </div>
        </ActionForm>
        <NeedsScript />
    }
}
