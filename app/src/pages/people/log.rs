//! The audit log, newest first: who did what to which account, and from where.

use domain::{
    Role, Scope,
    audit::{Action, AuditEntry, AuditPage},
};
use leptos::prelude::*;
use leptos_router::components::A;

use super::Asked;
use crate::components::{
    format,
    people_words::{role_word, scope_word},
};

#[component]
pub fn Log(page: AuditPage, asked: Memo<Asked>) -> impl IntoView {
    let AuditPage { entries, next_before } = page;
    let newest = asked.with_untracked(|asked| asked.before.is_none());
    if entries.is_empty() {
        let nothing = if newest { t!("Nothing has been written down yet") } else { t!("There is nothing older") };
        return view! { <section class="empty"><h2>{nothing}</h2></section> }.into_any();
    }
    let rows = entries.into_iter().map(row).collect_view();
    let older = next_before.map(|before| {
        let older = Asked { log: true, before: Some(before), ..Asked::default() }.address();
        view! { <A href=older>{t!("More entries")}</A> }
    });
    let newest = (!newest).then(|| {
        let newest = Asked { log: true, ..Asked::default() }.address();
        view! { <A href=newest>{t!("The newest entries")}</A> }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=t!("Log")>
            <table class="audit">
                <thead>
                    <tr>
                        <th scope="col">{t!("Time (UTC)")}</th>
                        <th scope="col">{t!("Who")}</th>
                        <th scope="col">{t!("What")}</th>
                        <th scope="col">{t!("To what")}</th>
                        <th scope="col">{t!("Details")}</th>
                        <th scope="col">{t!("From")}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <p class="pages row">{newest} {older}</p>
    }
    .into_any()
}

fn row(entry: AuditEntry) -> impl IntoView {
    let AuditEntry { at, actor_id, actor, action, object, detail, address, .. } = entry;
    // Nobody can take the name of the command line, which has no account.
    let who = match (actor_id, actor.is_empty()) {
        (None, true) => view! { <span class="missing">{t!("somebody unknown")}</span> }.into_any(),
        (None, false) => t!("the command line").into_any(),
        (Some(_), _) => view! { <bdi>{actor}</bdi> }.into_any(),
    };
    view! {
        <tr>
            <td class="time">{format::moment(at)}</td>
            <td>{who}</td>
            <td>{action_words(action)}</td>
            <td><bdi>{object}</bdi></td>
            <td>{detail_words(action, &detail)}</td>
            <td><bdi>{address.unwrap_or_else(|| "–".to_owned())}</bdi></td>
        </tr>
    }
}

fn action_words(action: Action) -> &'static str {
    match action {
        Action::Registered => t!("made an account"),
        Action::SignedIn => t!("signed in"),
        Action::SignInFailed => t!("could not sign in"),
        Action::SignedOut => t!("signed out"),
        Action::PasswordChanged => t!("changed a password"),
        Action::PasswordResetMade => t!("made a link to a new password"),
        Action::SessionsEnded => t!("ended sign-ins"),
        Action::TokenMade => t!("made an API token"),
        Action::TokenRevoked => t!("revoked an API token"),
        Action::Invited => t!("invited"),
        Action::InvitationWithdrawn => t!("withdrew an invitation"),
        Action::AccountChanged => t!("changed an account"),
        Action::AccountDeleted => t!("deleted an account"),
        Action::SecondFactorOn => t!("switched a second factor on"),
        Action::SecondFactorOff => t!("switched a second factor off"),
        Action::Shared => t!("shared"),
        Action::WebhookMade => t!("made a webhook"),
        Action::WebhookRemoved => t!("removed a webhook"),
    }
}

/// What `platform` wrote down in English, in the language of the page; what it does not know stays as it is.
fn detail_words(action: Action, detail: &str) -> String {
    match action {
        Action::SessionsEnded => detail
            .parse()
            .map_or_else(|_| detail.to_owned(), |ended| format::counted(ended, t!("sign-in"), t!("sign-ins"))),
        Action::TokenMade => {
            Scope::parse(detail).map_or_else(|| detail.to_owned(), |scope| scope_word(scope).to_owned())
        }
        Action::SignInFailed => match detail {
            "password" => t!("wrong password").to_owned(),
            "code" => t!("wrong code").to_owned(),
            other => other.to_owned(),
        },
        _ => detail.split(", ").map(piece).collect::<Vec<_>>().join(t!(", ")),
    }
}

fn piece(detail: &str) -> String {
    let role = |name: &str| Role::parse(name).map_or_else(|| name.to_owned(), |role| role_word(role).to_owned());
    let known = match detail {
        "locked" => t!("locked"),
        "unlocked" => t!("unlocked"),
        "has to choose a new password" => t!("has to choose a new password"),
        "may keep the password" => t!("may keep the password"),
        "everything deleted" => t!("everything deleted"),
        "by a link" => t!("by a link"),
        "private" => t!("private"),
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    if let Some(role) = Role::parse(detail) {
        return role_word(role).to_owned();
    }
    if let Some((before, after)) = detail.strip_prefix("role: ").and_then(|roles| roles.split_once(" to ")) {
        return t!("role: {before} to {after}", before = role(before), after = role(after));
    }
    if let Some((before, after)) = detail.strip_prefix("name: ").and_then(|names| names.split_once(" to ")) {
        return t!("name: {before} to {after}", before = before, after = after);
    }
    if let Some(heir) = detail.strip_prefix("everything to ") {
        return t!("everything to {heir}", heir = heir);
    }
    match detail.rsplit_once(": ") {
        Some(("everyone", "view")) => t!("everyone may look").to_owned(),
        Some(("everyone", "edit")) => t!("everyone may change it").to_owned(),
        Some((who, "view")) => t!("{who} may look", who = who),
        Some((who, "edit")) => t!("{who} may change it", who = who),
        _ => detail.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use domain::audit::Action;

    use super::detail_words;

    #[test]
    fn details_are_said_in_the_words_of_the_page() {
        let pairs = [
            (Action::AccountChanged, "role: member to admin, locked", "role: Member to Administrator, locked"),
            (Action::AccountDeleted, "everything to a@example.org", "everything to a@example.org"),
            (Action::Shared, "everyone: view, a@example.org: edit", "everyone may look, a@example.org may change it"),
            (Action::SessionsEnded, "2", "2 sign-ins"),
            (Action::TokenMade, "train", "Read and train"),
            (Action::SignInFailed, "password", "wrong password"),
            (Action::Registered, "viewer", "Viewer"),
            (Action::AccountChanged, "of a later version", "of a later version"),
        ];
        for (action, detail, words) in pairs {
            assert_eq!(detail_words(action, detail), words);
        }
    }
}
