//! The second factor: an app on the phone that shows a code, and codes on paper for when the phone is gone.

use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::account::{ConfirmSecondFactor, EndSecondFactor, Proposal, ProposeSecondFactor},
    components::{
        error::{FormAlert, FormError},
        field::Field,
        once::{NeedsScript, Once, OnceButton, OnceLines},
        part::Part,
        password::Password,
        success::{answer, successes},
    },
};

/// The steps of switching it on, and off.
#[derive(Clone, Copy)]
pub struct SecondFactor {
    pub propose: ServerAction<ProposeSecondFactor>,
    pub confirm: ServerAction<ConfirmSecondFactor>,
    pub end: ServerAction<EndSecondFactor>,
}

pub fn use_second_factor() -> SecondFactor {
    let propose = ServerAction::<ProposeSecondFactor>::new();
    let confirm = ServerAction::<ConfirmSecondFactor>::new();
    let end = ServerAction::<EndSecondFactor>::new();
    let (on, off) = (successes(confirm), successes(end));
    // What has been used is shown no longer.
    Effect::watch(move || on.get(), move |_, _, _| propose.clear(), false);
    Effect::watch(move || off.get(), move |_, _, _| confirm.clear(), false);
    SecondFactor { propose, confirm, end }
}

#[component]
pub fn SecondFactorPart(on: bool, factor: SecondFactor) -> impl IntoView {
    let body = if on { view! { <On factor /> }.into_any() } else { view! { <Off factor /> }.into_any() };
    view! {
        <Part
            id="second-factor"
            title=t!("Second factor")
            about=t!("Signing in takes a code from an app on your phone as well, so that your password alone lets nobody in.")
        >
            {body}
        </Part>
    }
}

#[component]
fn On(factor: SecondFactor) -> impl IntoView {
    let error = FormError::of(factor.end);
    let codes = answer(factor.confirm);
    view! {
        <p><span class="badge completed">{t!("On")}</span></p>
        {move || codes.get().map(|codes| view! { <RecoveryCodes codes /> })}
        <details class="danger">
            <summary>{t!("Switch off")}</summary>
            <ActionForm action=factor.end attr:class="form">
                <Password label=t!("Password") for_id="factor-off-password" error=error.field("password") />
                <FormAlert error />
                <button class="button dangerous" type="submit">{t!("Yes, switch off")}</button>
            </ActionForm>
        </details>
    }
}

#[component]
fn RecoveryCodes(codes: Vec<String>) -> impl IntoView {
    view! {
        <div class="shown-once">
            <p>
                {t!(
                    "Keep these codes where your phone is not. Each lets you in once in place of a code of the app, and they are not shown again."
                )}
            </p>
            <OnceLines id="recovery-codes" label=t!("Recovery codes") lines=codes file="athanor-recovery-codes.txt" />
        </div>
    }
}

#[component]
fn Off(factor: SecondFactor) -> impl IntoView {
    let proposal = answer(factor.propose);
    move || match proposal.get() {
        Some(proposal) => view! { <Confirm proposal factor /> }.into_any(),
        None => view! { <Propose factor /> }.into_any(),
    }
}

#[component]
fn Propose(factor: SecondFactor) -> impl IntoView {
    view! {
        <p><span class="badge">{t!("Off")}</span></p>
        <ActionForm action=factor.propose attr:class="form with-script">
            <FormAlert error=FormError::of(factor.propose) />
            <div class="row">
                <OnceButton class="button" pending=factor.propose.pending() text=t!("Set up") />
            </div>
        </ActionForm>
        <NeedsScript />
    }
}

#[component]
fn Confirm(proposal: Proposal, factor: SecondFactor) -> impl IntoView {
    let Proposal { secret, qr_side, qr_path } = proposal;
    let error = FormError::of(factor.confirm);
    // A margin of four modules, as readers expect it.
    let square = format!("-4 -4 {0} {0}", qr_side + 8);
    view! {
        <p>{t!("Scan this with an app for codes, such as the one that keeps your passwords, or type the secret into it.")}</p>
        <svg class="qr" viewBox=square role="img" aria-label=t!("QR code of the secret")>
            <path d=qr_path></path>
        </svg>
        <Once id="factor-secret" label=t!("Secret") text=secret.clone() />
        <ActionForm action=factor.confirm attr:class="form">
            <input type="hidden" name="secret" value=secret />
            <Field label=t!("Code") for_id="factor-code" hint=t!("What the app shows now.") error=error.field("code")>
                <input
                    id="factor-code"
                    name="code"
                    type="text"
                    dir="ltr"
                    inputmode="numeric"
                    autocomplete="one-time-code"
                    required
                />
            </Field>
            <Password label=t!("Password") for_id="factor-password" error=error.field("password") />
            <FormAlert error />
            <div class="row">
                <button class="button primary" type="submit" disabled=factor.confirm.pending()>{t!("Switch on")}</button>
                <button class="button quiet" type="button" on:click=move |_| factor.propose.clear()>{t!("Cancel")}</button>
            </div>
        </ActionForm>
    }
}
