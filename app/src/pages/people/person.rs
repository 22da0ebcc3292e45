//! What an administrator does to an account: role, lock, password, second factor, and the end of it.

use domain::{
    Role, UserId,
    access::NewLink,
    user::{Belongings, UserPage, UserView},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_router::components::A;

use super::{Shown, invitations::whole};
use crate::{
    api::{
        error::UiError,
        people::{ChangePerson, DeletePerson, EndSecondFactorOf, MakeResetLink},
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        loaded::loaded,
        once::{NeedsScript, Once, OnceButton},
        password::Password,
        people_words::{belongings_words, role_meaning, role_word},
        success::{answer, successes},
    },
};

/// What is done to whoever is looked at, and what came of it. The views are made anew with the list, and in another language.
#[derive(Clone, Copy)]
pub struct Acts {
    change: ServerAction<ChangePerson>,
    reset: ServerAction<MakeResetLink>,
    end_factor: ServerAction<EndSecondFactorOf>,
    delete: ServerAction<DeletePerson>,
}

/// For the page: `people` are listed again once something was done.
pub fn use_acts(person: Memo<Option<UserId>>, people: Resource<Result<UserPage, UiError>>) -> Acts {
    let change = ServerAction::<ChangePerson>::new();
    let reset = ServerAction::<MakeResetLink>::new();
    let end_factor = ServerAction::<EndSecondFactorOf>::new();
    let delete = ServerAction::<DeletePerson>::new();
    let (changed, ended, deleted) = (successes(change), successes(end_factor), successes(delete));
    let done = move || (changed.get(), ended.get(), deleted.get());
    Effect::watch(done, move |_, _, _| people.refetch(), false);
    let forget = move || {
        change.clear();
        reset.clear();
        end_factor.clear();
        delete.clear();
    };
    // What came of it is not said of the next one.
    Effect::watch(move || person.get(), move |_, _, _| forget(), false);
    Acts { change, reset, end_factor, delete }
}

#[component]
pub fn Person(me: UserId, user: UserView, shown: Shown) -> impl IntoView {
    let Acts { change, reset, end_factor, delete } = shown.acts.get_value();
    let owns = |owned: Belongings| view! { <p>{t!("Owns {things}.", things = belongings_words(&owned))}</p> };
    let own = user.id == me;
    let what = if own {
        view! { <p>{t!("This is you:")} " " <A href="/settings">{t!("your settings")}</A></p> }.into_any()
    } else {
        let id = user.id;
        let second = user.second_factor.then(|| view! { <SecondFactor id end=end_factor /> });
        view! {
            <RoleChoice user=user.clone() change />
            <Locks user change />
            <FormAlert error=FormError::of(change) />
            <ResetLink id make=reset />
            {second}
            <Deletion id delete />
        }
        .into_any()
    };
    view! {
        <div class="line-more">
            {loaded(shown.owned, marked!("Account"), owns)}
            {what}
        </div>
    }
}

#[component]
fn RoleChoice(user: UserView, change: ServerAction<ChangePerson>) -> impl IntoView {
    let (id, current) = (user.id.to_string(), user.role);
    let options = Role::ALL.iter().map(|role| {
        let label = t!("{role}: {meaning}", role = role_word(*role), meaning = role_meaning(*role));
        view! { <option value=role.as_str() selected={current == *role}>{label}</option> }
    });
    let options = options.collect_view();
    view! {
        <ActionForm action=change attr:class="line-form">
            <input type="hidden" name="id" value=id />
            <Field label=t!("Role") for_id="person-role">
                <select id="person-role" name="role">{options}</select>
            </Field>
            <button class="button" type="submit">{t!("Change role")}</button>
        </ActionForm>
    }
}

/// Two switches, a button each: what it says is what happens.
#[component]
fn Locks(user: UserView, change: ServerAction<ChangePerson>) -> impl IntoView {
    let id = user.id;
    let switch = move |name: &'static str, on: bool, label: &'static str| {
        view! {
            <ActionForm action=change>
                <input type="hidden" name="id" value=id.to_string() />
                <input type="hidden" name=name value=on.to_string() />
                <button class="button" type="submit">{label}</button>
            </ActionForm>
        }
    };
    let lock = if user.disabled { t!("Unlock") } else { t!("Lock") };
    let ask = if user.must_change_password { t!("Let the password be") } else { t!("Ask for a new password") };
    view! {
        <div class="row">
            {switch("disabled", !user.disabled, lock)}
            {switch("must_change_password", !user.must_change_password, ask)}
        </div>
        <p class="hint">{t!("Locking ends all sign-ins, and lets nobody in until it is unlocked.")}</p>
    }
}

#[component]
fn ResetLink(id: UserId, make: ServerAction<MakeResetLink>) -> impl IntoView {
    let made = answer(make);
    let shown = |NewLink { path, expires_at, .. }: NewLink| {
        let until = format::moment(expires_at);
        view! {
            <div class="shown-once">
                <p>{t!("Whoever has it may choose the password, once, until {until} (UTC). It is not shown again.", until = until)}</p>
                <Once id="reset-link" label=t!("Link to a new password") text=whole(&path) />
            </div>
        }
    };
    view! {
        <ActionForm action=make attr:class="with-script">
            <input type="hidden" name="id" value=id.to_string() />
            <OnceButton class="button" pending=make.pending() text=t!("Make a link to a new password") />
        </ActionForm>
        <NeedsScript />
        <FormAlert error=FormError::of(make) />
        // The answer may come when somebody else is looked at already.
        {move || made.get().filter(|(whose, _)| *whose == id).map(|(_, link)| shown(link))}
    }
}

#[component]
fn SecondFactor(id: UserId, end: ServerAction<EndSecondFactorOf>) -> impl IntoView {
    let error = FormError::of(end);
    view! {
        <ActionForm action=end attr:class="line-form">
            <input type="hidden" name="id" value=id.to_string() />
            <Password label=t!("Your own password") for_id="person-factor-password" hint=t!("For somebody who has lost phone and recovery codes: be sure that it is they who ask.") error=error.field("password") />
            <button class="button" type="submit">{t!("Switch off the second factor")}</button>
        </ActionForm>
        <FormAlert error />
    }
}

#[component]
fn Deletion(id: UserId, delete: ServerAction<DeletePerson>) -> impl IntoView {
    let error = FormError::of(delete);
    let id = move || view! { <input type="hidden" name="id" value=id.to_string() /> };
    view! {
        <details class="danger">
            <summary>{t!("Delete account")}</summary>
            <ActionForm action=delete attr:class="line-form">
                {id()}
                <Field label=t!("New owner") for_id="person-heir" hint=t!("The e-mail of somebody here.") error=error.field("heir")>
                    <input id="person-heir" name="heir" type="email" dir="ltr" autocomplete="off" required />
                </Field>
                <button class="button dangerous" type="submit">{t!("Hand everything over, and delete")}</button>
            </ActionForm>
            <ActionForm action=delete>
                {id()}
                <button class="button dangerous" type="submit">{t!("Delete with everything")}</button>
            </ActionForm>
            <FormAlert error />
        </details>
    }
}
