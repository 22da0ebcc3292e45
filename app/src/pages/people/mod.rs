//! People, for administrators: who has an account and what they may do, who is invited, and what has been done.

mod belonging;
mod invitations;
mod list;
mod log;
mod person;

use domain::{ErrorCode, Role, UserId, audit::AuditPage, user::UserPage};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_query_map, params::ParamsMap};
use uuid::Uuid;

use self::{
    belonging::{Owned, use_owned},
    invitations::{Invitations, InvitationsPart, use_invitations},
    list::List,
    log::Log,
    person::{Acts, use_acts},
};
use crate::{
    api::{
        error::UiError,
        people::{audit_log, people},
    },
    components::{error::LoadError, loaded::loaded},
    language::in_language,
    return_to::encode_component,
    session::use_session,
};

const ADDRESS: &str = "/admin/users";
const LOG: &str = "log";

/// What the address says.
#[derive(Clone, Debug, Default, PartialEq)]
struct Asked {
    search: String,
    after: Option<UserId>,
    /// Who is looked at more closely.
    person: Option<UserId>,
    log: bool,
    /// The entry of the log whose older ones are shown.
    before: Option<Uuid>,
}

impl Asked {
    /// What is no id is left out.
    fn read(query: &ParamsMap) -> Self {
        let id = |name: &str| query.get(name)?.parse::<Uuid>().ok();
        Self {
            search: query.get("search").unwrap_or_default(),
            after: id("after").map(UserId),
            person: id("person").map(UserId),
            log: query.get("tab").as_deref() == Some(LOG),
            before: id("before"),
        }
    }

    fn address(&self) -> String {
        let mut pairs = Vec::new();
        if self.log {
            pairs.push(format!("tab={LOG}"));
        }
        if !self.search.is_empty() {
            pairs.push(format!("search={}", encode_component(&self.search)));
        }
        pairs.extend(self.after.map(|id| format!("after={id}")));
        pairs.extend(self.person.map(|id| format!("person={id}")));
        pairs.extend(self.before.map(|id| format!("before={id}")));
        if pairs.is_empty() { ADDRESS.to_owned() } else { format!("{ADDRESS}?{}", pairs.join("&")) }
    }
}

/// What the page shows and does. Made before its views, which come anew in another language.
#[derive(Clone, Copy)]
struct Shown {
    asked: Memo<Asked>,
    people: Resource<Result<UserPage, UiError>>,
    /// Of whoever is looked at more closely.
    owned: Owned,
    /// What is done to them, kept aside: with all of it this would be too large to be handed on.
    acts: StoredValue<Acts>,
    invitations: Invitations,
    log: Resource<Result<AuditPage, UiError>>,
}

#[component]
pub fn PeoplePage() -> impl IntoView {
    let session = use_session();
    let query = use_query_map();
    let asked = Memo::new(move |_| query.with(Asked::read));
    let list = Memo::new(move |_| asked.with(|asked| (!asked.log).then(|| (asked.search.clone(), asked.after))));
    let people = Resource::new_blocking(
        move || list.get(),
        |list| async move {
            match list {
                Some((search, after)) => people(search, after).await,
                None => Ok(UserPage::default()),
            }
        },
    );
    let entries = Memo::new(move |_| asked.with(|asked| asked.log.then_some(asked.before)));
    let log = Resource::new_blocking(
        move || entries.get(),
        |entries| async move {
            match entries {
                Some(before) => audit_log(before).await,
                None => Ok(AuditPage::default()),
            }
        },
    );
    let person = Memo::new(move |_| asked.with(|asked| asked.person));
    let (owned, acts) = (use_owned(person), StoredValue::new(use_acts(person, people)));
    let shown = Shown { asked, people, owned, acts, invitations: use_invitations(), log };
    let retry = Callback::new(move |()| session.user.refetch());
    in_language(move || {
        view! {
            <Title text=t!("People") />
            <div class="head"><h1>{t!("People")}</h1></div>
            {loaded(session.user, marked!("People"), move |user| match user {
                Some(user) if user.role == Role::Admin => view! { <Content me=user.id shown /> }.into_any(),
                Some(_) => view! { <NotForYou /> }.into_any(),
                None => {
                    let error = UiError::of(ErrorCode::Unauthenticated);
                    view! { <LoadError error what=t!("People") retry /> }.into_any()
                }
            })}
        }
    })
}

#[component]
fn NotForYou() -> impl IntoView {
    #[cfg(feature = "ssr")]
    crate::ssr::set_page_status(403);
    view! {
        <section class="empty">
            <h2>{t!("For administrators only")}</h2>
            <p>{t!("Who has an account here, and what they may do, is seen to by administrators.")}</p>
            <p><A href="/" attr:class="button">{t!("Go to the dashboard")}</A></p>
        </section>
    }
}

#[component]
fn Content(me: UserId, shown: Shown) -> impl IntoView {
    let is_log = Memo::new(move |_| shown.asked.with(|asked| asked.log));
    let tab = move |log: bool, name: &'static str| {
        let address = Asked { log, ..Asked::default() }.address();
        view! {
            // Not the link of the router, for which both are the same page.
            <a href=address aria-current=move || (is_log.get() == log).then_some("page")>{name}</a>
        }
    };
    view! {
        <nav class="tabs" aria-label=t!("Views of people")>
            {tab(false, t!("Accounts"))}
            {tab(true, t!("Log"))}
        </nav>
        {move || {
            if is_log.get() {
                return loaded(shown.log, marked!("Log"), move |page| view! { <Log page asked=shown.asked /> }).into_any();
            }
            view! {
                <List me shown />
                <div class="parts"><InvitationsPart invitations=shown.invitations /></div>
            }
            .into_any()
        }}
    }
}

#[cfg(test)]
mod tests {
    use domain::UserId;
    use uuid::Uuid;

    use super::Asked;

    #[test]
    fn addresses_say_what_is_asked() {
        assert_eq!(Asked::default().address(), "/admin/users");
        let asked = Asked { search: "a&b".into(), person: Some(UserId(Uuid::nil())), ..Asked::default() };
        let person = "person=00000000-0000-0000-0000-000000000000";
        assert_eq!(asked.address(), format!("/admin/users?search=a%26b&{person}"));
        assert_eq!(Asked { log: true, ..Asked::default() }.address(), "/admin/users?tab=log");
    }
}
