//! With whom a dataset, a job or an experiment is shared: whose it is, what the reader may do with it, and the menu that
//! shares it.

use domain::{
    ErrorCode,
    share::{Access, SharedWith, SharingView},
};
use leptos::{form::ActionForm, prelude::*};
use uuid::Uuid;

use crate::{
    api::{
        error::UiError,
        sharing::{ShareWith, ShareWithEveryone, shared_with},
    },
    components::{
        error::{FormAlert, FormError, LoadError},
        field::Field,
        success::{answer, emptied, successes},
    },
    session::use_session,
};

/// Of what a page shows.
#[derive(Clone, Copy)]
pub struct Shares {
    thing: Memo<Option<Uuid>>,
    fetched: Resource<Result<SharingView, UiError>>,
    /// As the menu has changed it since.
    latest: RwSignal<Option<SharingView>>,
    everyone: ServerAction<ShareWithEveryone>,
    person: ServerAction<ShareWith>,
}

/// For a page, before its views are made: they come anew in another language.
pub fn use_shares(thing: Memo<Option<Uuid>>) -> Shares {
    let everyone = ServerAction::<ShareWithEveryone>::new();
    let person = ServerAction::<ShareWith>::new();
    let fetched = Resource::new_blocking(
        move || thing.get(),
        |thing| async move {
            match thing {
                Some(thing) => shared_with(thing).await,
                None => Err(UiError::of(ErrorCode::NotFound)),
            }
        },
    );
    let latest = RwSignal::new(None);
    for answered in [answer(everyone), answer(person)] {
        Effect::new(move |_| {
            if let Some(view) = answered.get() {
                latest.set(Some(view));
            }
        });
    }
    Effect::watch(move || thing.get(), move |_, _, _| latest.set(None), false);
    Shares { thing, fetched, latest, everyone, person }
}

impl Shares {
    /// What `show` makes of what the reader may do. Nothing until that is known; [`Share`] says why it is not.
    pub fn allowed(self, show: impl Fn(SharingView) -> AnyView + Clone + Send + Sync + 'static) -> impl IntoView {
        self.told(move |fetched| fetched.ok().map(&show))
    }

    /// What `show` makes of what the server says.
    fn told<V: IntoView + 'static>(
        self,
        show: impl Fn(Result<SharingView, UiError>) -> V + Clone + Send + Sync + 'static,
    ) -> impl IntoView {
        let known = move || {
            let show = show.clone();
            Suspend::new(async move { show(self.fetched.await) })
        };
        view! { <Transition fallback=|| ()>{known}</Transition> }
    }
}

/// Whose it is, where that is somebody else.
#[component]
pub fn Owner(shares: Shares) -> impl IntoView {
    let session = use_session();
    let owner = move || {
        Suspend::new(async move {
            let me = session.user.await.ok().flatten()?;
            let owner = shares.fetched.await.ok()?.owner.filter(|owner| *owner != me.username)?;
            Some(view! { <span class="owner">{t!("of {owner}", owner = owner)}</span> })
        })
    };
    view! { <Transition fallback=|| ()>{owner}</Transition> }
}

/// The button and its menu, for whom may share it; or why that is not known, of which nothing else on the page says a word.
/// `meaning` says what is shared with it.
#[component]
pub fn Share(shares: Shares, meaning: &'static str) -> impl IntoView {
    let retry = Callback::new(move |()| shares.fetched.refetch());
    shares.told(move |fetched| match fetched {
        Ok(first) if first.can_share => view! { <Menu first shares meaning /> }.into_any(),
        Ok(_) => ().into_any(),
        // That it is gone is for the page to say.
        Err(error) if error.0.code == ErrorCode::NotFound => ().into_any(),
        Err(error) => view! { <LoadError error what=t!("Share") retry /> }.into_any(),
    })
}

#[component]
fn Menu(first: SharingView, shares: Shares, meaning: &'static str) -> impl IntoView {
    view! {
        <details class="menu wide-menu">
            <summary class="button">{t!("Share")}</summary>
            <div class="menu-body">
                <p class="sub">{meaning}</p>
                <Everyone first=first.clone() shares />
                <People first shares />
            </div>
        </details>
    }
}

fn hidden(shares: Shares) -> impl IntoView {
    let thing = move || shares.thing.get().map(|thing| thing.to_string());
    view! { <input type="hidden" name="thing" value=thing /> }
}

#[component]
fn Everyone(first: SharingView, shares: Shares) -> impl IntoView {
    let error = FormError::of(shares.everyone);
    let now = first.sharing.everyone;
    view! {
        <ActionForm action=shares.everyone>
            {hidden(shares)}
            <Field label=t!("Everyone who is signed in") for_id="share-everyone">
                <select id="share-everyone" name="access">
                    <option value="" selected={now.is_none()}>{t!("sees nothing of it")}</option>
                    <option value="view" selected={now == Some(Access::View)}>{access_words(Access::View)}</option>
                    <option value="edit" selected={now == Some(Access::Edit)}>{access_words(Access::Edit)}</option>
                </select>
            </Field>
            <FormAlert error />
            <button class="button" type="submit" disabled=shares.everyone.pending()>{t!("Set for everyone")}</button>
        </ActionForm>
    }
}

#[component]
fn People(first: SharingView, shares: Shares) -> impl IntoView {
    let error = FormError::of(shares.person);
    let added = successes(shares.person);
    let people = move || {
        let people = match shares.latest.get() {
            Some(latest) => latest.sharing.people,
            None => first.sharing.people.clone(),
        };
        let rows = people.into_iter().map(|person| view! { <Row person shares /> });
        let rows = rows.collect_view();
        view! { <ul class="lines shared-with">{rows}</ul> }
    };
    let fields = view! {
        <Field label=t!("Somebody by e-mail") for_id="share-email" error=error.field("people[0].email")>
            <input id="share-email" name="email" type="email" dir="ltr" autocomplete="off" required />
        </Field>
        <Field label=t!("What they may do") for_id="share-access">
            <select id="share-access" name="access">
                <option value="view">{access_words(Access::View)}</option>
                <option value="edit">{access_words(Access::Edit)}</option>
            </select>
        </Field>
    };
    // What is said beside the field is not said again.
    let elsewhere = move || error.field("people[0].email").get().is_none();
    view! {
        {people}
        <ActionForm action=shares.person node_ref=emptied(added)>
            {hidden(shares)}
            {fields}
            <Show when=elsewhere>
                <FormAlert error />
            </Show>
            <button class="button primary" type="submit" disabled=shares.person.pending()>{t!("Share with them")}</button>
        </ActionForm>
    }
}

#[component]
fn Row(person: SharedWith, shares: Shares) -> impl IntoView {
    let SharedWith { email, access } = person;
    let end = t!("Remove {email}", email = email);
    view! {
        <li>
            <div class="line-about">
                <p><bdi>{email.clone()}</bdi></p>
                <p class="sub">{access_words(access)}</p>
            </div>
            <ActionForm action=shares.person>
                {hidden(shares)}
                <input type="hidden" name="email" value=email />
                <button class="button quiet" type="submit" aria-label=end>{t!("Remove")}</button>
            </ActionForm>
        </li>
    }
}

fn access_words(access: Access) -> &'static str {
    match access {
        Access::View => t!("may look, download and predict"),
        Access::Edit => t!("may also change it"),
    }
}
