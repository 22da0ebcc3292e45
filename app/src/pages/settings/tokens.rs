//! API tokens: which programs may act for one, and how far.

use domain::{
    Scope,
    access::{NewToken, TokenView},
};
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::{
        account::{MakeToken, RevokeToken, my_tokens},
        error::UiError,
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        loaded::loaded,
        once::{NeedsScript, Once, OnceButton},
        part::Part,
        people_words::{scope_meaning, scope_word},
        success::{answer, emptied, successes},
    },
};

/// Days that are proposed for a new one.
const DAYS: &str = "90";

#[derive(Clone, Copy)]
pub struct Tokens {
    list: Resource<Result<Vec<TokenView>, UiError>>,
    make: ServerAction<MakeToken>,
    revoke: ServerAction<RevokeToken>,
}

/// `password` changes when one is chosen, before which there may be nothing to be seen.
pub fn use_tokens(password: Memo<usize>) -> Tokens {
    let (make, revoke) = (ServerAction::new(), ServerAction::new());
    let (made, revoked) = (successes(make), successes(revoke));
    let list = Resource::new_blocking(move || (password.get(), made.get(), revoked.get()), |_| my_tokens());
    Tokens { list, make, revoke }
}

#[component]
pub fn TokensPart(tokens: Tokens) -> impl IntoView {
    let made = answer(tokens.make);
    let shown = move |NewToken { secret, token }: NewToken| {
        let label = t!("Token {name}", name = token.name);
        view! {
            <div class="shown-once">
                <p>{t!("Copy it now: it is not shown again. Programs send it as a Bearer token.")}</p>
                <p class="sub">{label}</p>
                <Once id="new-token" label=t!("New token") text=secret />
            </div>
        }
    };
    view! {
        <Part id="tokens" title=t!("API tokens") about=t!("With them programs act for you, as far as their scope goes.")>
            {loaded(tokens.list, marked!("API tokens"), move |list| view! { <List list tokens /> })}
            <FormAlert error=FormError::of(tokens.revoke) />
            {move || made.get().map(shown)}
            <Make make=tokens.make />
        </Part>
    }
}

#[component]
fn List(list: Vec<TokenView>, tokens: Tokens) -> impl IntoView {
    if list.is_empty() {
        return view! { <p class="empty-line">{t!("No tokens yet.")}</p> }.into_any();
    }
    let rows = list.into_iter().map(|token| view! { <Row token revoke=tokens.revoke /> });
    view! { <ul class="lines">{rows.collect_view()}</ul> }.into_any()
}

#[component]
fn Row(token: TokenView, revoke: ServerAction<RevokeToken>) -> impl IntoView {
    let used = match token.last_used_at {
        Some(at) => t!("last used {at}", at = format::moment(at)),
        None => t!("never used").to_owned(),
    };
    let ends = match token.expires_at {
        Some(at) => t!("ends {at}", at = format::moment(at)),
        None => t!("does not end").to_owned(),
    };
    view! {
        <li>
            <div class="line-about">
                <p><bdi>{token.name}</bdi> <span class="tag">{scope_word(token.scope)}</span></p>
                <p class="sub">{used} " · " {ends}</p>
            </div>
            <details class="menu">
                <summary class="button quiet">{t!("Revoke")}</summary>
                <div class="menu-body">
                    <p>{t!("Programs that use it are refused from then on.")}</p>
                    <ActionForm action=revoke>
                        <input type="hidden" name="id" value=token.id.to_string() />
                        <button class="button dangerous" type="submit">{t!("Yes, revoke")}</button>
                    </ActionForm>
                </div>
            </details>
        </li>
    }
}

#[component]
fn Make(make: ServerAction<MakeToken>) -> impl IntoView {
    let error = FormError::of(make);
    let made = successes(make);
    let scope = |scope: Scope| {
        view! {
            <label class="radio">
                <input type="radio" name="scope" value=scope.as_str() checked={scope == Scope::Read} required />
                <span>
                    {scope_word(scope)}
                    <span class="hint">{scope_meaning(scope)}</span>
                </span>
            </label>
        }
    };
    let fields = view! {
        <Field label=t!("What it is for") for_id="token-name" error=error.field("name")>
            <input id="token-name" name="name" type="text" dir="auto" autocomplete="off" maxlength="100" required />
        </Field>
        <fieldset class="radios">
            <legend>{t!("What it may do")}</legend>
            {Scope::ALL.iter().copied().map(scope).collect_view()}
        </fieldset>
        <Field
            label=t!("Days until it ends")
            for_id="token-days"
            hint=t!("Empty: it does not end by itself.")
            error=error.field("expires_in_days")
        >
            <input id="token-days" name="days" type="text" dir="ltr" inputmode="numeric" autocomplete="off" value=DAYS />
        </Field>
    };
    view! {
        <details class="make">
            <summary class="button">{t!("Make a token")}</summary>
            <ActionForm action=make node_ref=emptied(made) attr:class="form with-script">
                {fields}
                <FormAlert error />
                <div class="row">
                    <OnceButton class="button primary" pending=make.pending() text=t!("Make it") />
                </div>
            </ActionForm>
            <NeedsScript />
        </details>
    }
}
