//! Where one is signed in.

use domain::access::SessionView;
use leptos::{form::ActionForm, prelude::*};

use super::agent::readable;
use crate::{
    api::{
        account::{EndOtherSessions, EndSession, my_sessions},
        error::UiError,
    },
    components::{
        error::{FormAlert, FormError},
        format,
        loaded::loaded,
        part::Part,
        success::successes,
    },
};

#[derive(Clone, Copy)]
pub struct Sessions {
    list: Resource<Result<Vec<SessionView>, UiError>>,
    end: ServerAction<EndSession>,
    end_others: ServerAction<EndOtherSessions>,
}

/// `password` changes when a new one ends all others.
pub fn use_sessions(password: Memo<usize>) -> Sessions {
    let (end, end_others) = (ServerAction::new(), ServerAction::new());
    let (ended, others) = (successes(end), successes(end_others));
    let list = Resource::new_blocking(move || (password.get(), ended.get(), others.get()), |_| my_sessions());
    Sessions { list, end, end_others }
}

#[component]
pub fn SessionsPart(sessions: Sessions) -> impl IntoView {
    view! {
        <Part id="sessions" title=t!("Sign-ins") about=t!("Where you are signed in. End what you do not know.")>
            {loaded(sessions.list, marked!("Sign-ins"), move |list| view! { <List list sessions /> })}
            <FormAlert error=FormError::of(sessions.end) />
            <FormAlert error=FormError::of(sessions.end_others) />
        </Part>
    }
}

#[component]
fn List(list: Vec<SessionView>, sessions: Sessions) -> impl IntoView {
    let others = list.iter().any(|session| !session.current);
    let rows = list.into_iter().map(|session| view! { <Row session sessions /> });
    view! {
        <ul class="lines">{rows.collect_view()}</ul>
        {others.then(|| view! {
            <ActionForm action=sessions.end_others>
                <button class="button" type="submit">{t!("Sign out everywhere else")}</button>
            </ActionForm>
        })}
    }
}

#[component]
fn Row(session: SessionView, sessions: Sessions) -> impl IntoView {
    let agent = readable(session.agent.as_deref().unwrap_or_default());
    let address = session.address.unwrap_or_else(|| "–".to_owned());
    let times = t!(
        "since {begun}, last seen {seen}",
        begun = format::moment(session.created_at),
        seen = format::moment(session.last_seen_at)
    );
    let end = t!("Sign out {agent}", agent = agent);
    view! {
        <li>
            <div class="line-about">
                <p>
                    {agent}
                    {session.current.then(|| view! { <span class="tag">{t!("this one")}</span> })}
                </p>
                <p class="sub"><bdi>{address}</bdi> " · " {times}</p>
            </div>
            {(!session.current).then(|| view! {
                <ActionForm action=sessions.end>
                    <input type="hidden" name="id" value=session.id.to_string() />
                    <button class="button quiet" type="submit" aria-label=end>{t!("Sign out")}</button>
                </ActionForm>
            })}
        </li>
    }
}
