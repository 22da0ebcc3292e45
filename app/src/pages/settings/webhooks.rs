//! Webhooks: which other programs are told when a job has ended.

use domain::webhook::{DeliveryView, NewWebhook, WebhookView};
use leptos::{form::ActionForm, prelude::*};

use crate::{
    api::{
        error::UiError,
        webhooks::{MakeWebhook, RemoveWebhook, TestWebhook, my_webhooks},
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        loaded::loaded,
        once::{NeedsScript, Once, OnceButton},
        part::Part,
        success::{answer, emptied, successes},
    },
    language::said,
};

#[derive(Clone, Copy)]
pub struct Webhooks {
    list: Resource<Result<Vec<WebhookView>, UiError>>,
    make: ServerAction<MakeWebhook>,
    test: ServerAction<TestWebhook>,
    remove: ServerAction<RemoveWebhook>,
}

/// `password` changes when one is chosen, before which there may be nothing to be seen.
pub fn use_webhooks(password: Memo<usize>) -> Webhooks {
    let (make, test, remove) = (ServerAction::new(), ServerAction::new(), ServerAction::new());
    let changed = (successes(make), successes(test), successes(remove));
    let changes = move || (password.get(), changed.0.get(), changed.1.get(), changed.2.get());
    let list = Resource::new_blocking(changes, |_| my_webhooks());
    Webhooks { list, make, test, remove }
}

#[component]
pub fn WebhooksPart(webhooks: Webhooks) -> impl IntoView {
    let made = answer(webhooks.make);
    let shown = move |NewWebhook { secret, webhook }: NewWebhook| {
        view! {
            <div class="shown-once">
                <p>{t!("Copy it now: it is not shown again. With it your program knows that a message is from here.")}</p>
                <p class="sub"><bdi>{webhook.url}</bdi></p>
                <Once id="new-webhook" label=t!("Secret") text=secret />
            </div>
        }
    };
    view! {
        <Part id="webhooks" title=t!("Webhooks") about=t!("They tell your other programs that a job of yours has ended.")>
            {loaded(webhooks.list, marked!("Webhooks"), move |list| view! { <List list webhooks /> })}
            <FormAlert error=FormError::of(webhooks.test) />
            <FormAlert error=FormError::of(webhooks.remove) />
            {move || made.get().map(shown)}
            <Make make=webhooks.make />
        </Part>
    }
}

#[component]
fn List(list: Vec<WebhookView>, webhooks: Webhooks) -> impl IntoView {
    if list.is_empty() {
        return view! { <p class="empty-line">{t!("No webhooks yet.")}</p> }.into_any();
    }
    let rows = list.into_iter().map(|webhook| view! { <Row webhook webhooks /> });
    view! { <ul class="lines">{rows.collect_view()}</ul> }.into_any()
}

/// What became of the newest message.
fn outcome(delivery: &DeliveryView) -> String {
    match (delivery.delivered_at, &delivery.error) {
        (Some(at), _) => t!("arrived {at}", at = format::moment(at)),
        (None, Some(why)) => {
            let failed = t!("did not arrive: {why}", why = said(why));
            match delivery.next_try_at {
                Some(at) => t!("{what} Next try {at}.", what = failed, at = format::moment(at)),
                None => failed,
            }
        }
        (None, None) => t!("on its way").to_owned(),
    }
}

#[component]
fn Row(webhook: WebhookView, webhooks: Webhooks) -> impl IntoView {
    let last = match webhook.last_delivery {
        None => t!("Nothing has been sent yet.").into_any(),
        Some(delivery) => view! { <code>{delivery.event.as_str()}</code> " · " {outcome(&delivery)} }.into_any(),
    };
    let Webhooks { test, remove, .. } = webhooks;
    let id = webhook.id;
    view! {
        <li>
            <div class="line-about">
                <p><bdi class="address">{webhook.url}</bdi></p>
                <p class="sub">{last}</p>
            </div>
            <div class="row">
                <ActionForm action=test>
                    <input type="hidden" name="id" value=id.to_string() />
                    <button class="button quiet" type="submit" disabled=move || test.pending().get()>{t!("Test")}</button>
                </ActionForm>
                <details class="menu">
                    <summary class="button quiet">{t!("Remove")}</summary>
                    <div class="menu-body">
                        <p>{t!("Nothing is sent to it from then on.")}</p>
                        <ActionForm action=remove>
                            <input type="hidden" name="id" value=id.to_string() />
                            <button class="button dangerous" type="submit">{t!("Yes, remove it")}</button>
                        </ActionForm>
                    </div>
                </details>
            </div>
        </li>
    }
}

#[component]
fn Make(make: ServerAction<MakeWebhook>) -> impl IntoView {
    let error = FormError::of(make);
    let made = successes(make);
    let fields = view! {
        <Field
            label=t!("Where messages go")
            for_id="webhook-url"
            hint=t!("An address on the public internet.")
            error=error.field("url")
        >
            <input id="webhook-url" name="url" type="url" dir="ltr" autocomplete="off" required />
        </Field>
    };
    view! {
        <details class="make">
            <summary class="button">{t!("Make a webhook")}</summary>
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
