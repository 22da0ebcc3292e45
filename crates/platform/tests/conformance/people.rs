//! Accounts and sessions.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{
    ErrorCode, Principal, Role, Scope,
    access::{Entrance, InvitationRequest, NewLink, RegistrationMode, TokenRequest},
    audit::Action,
    experiment::ExperimentChanges,
    job::{JobChanges, JobState, TrainingRequest},
    share::Sharing,
    user::{Login, PasswordChange, PasswordReset, UserChanges},
};
use platform::{
    audit, datasets, experiments, jobs, shares,
    users::{self, Origin},
};

use crate::harness::{Engine, Person, Place, World, code, on_both, on_the_machine, register, registration};

on_both! {
    of_many_first_registrations_exactly_one_is_the_admin
    a_server_does_not_belong_to_the_stranger_who_finds_it_first
    an_e_mail_is_taken_in_any_case
    logging_out_ends_the_session
    sign_ins_end_when_nobody_uses_them_and_in_any_case
    everybody_ends_their_own_sign_ins_and_no_others
    who_came_in_and_who_failed_to_is_written_down
    of_two_admins_who_remove_each_other_one_stays
    a_locked_account_is_out_at_once_and_comes_back
    a_new_password_ends_every_other_sign_in
    a_password_that_is_asked_for_again_is_not_guessed_either
    a_link_for_a_new_password_lets_nobody_around_a_code_or_a_lock
    an_invitation_makes_one_account
    what_somebody_owned_goes_with_them_or_to_an_heir
    a_viewer_and_a_token_that_reads_change_nothing
    a_second_factor_is_asked_for_and_each_code_works_once
    what_lets_somebody_in_is_stored_sealed_or_as_a_hash
}

async fn of_many_first_registrations_exactly_one_is_the_admin(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let names: Vec<String> = (0..16).map(|number| format!("person{number}")).collect();
    let everybody = futures::future::join_all(names.iter().map(|name| register(&platform, name))).await;
    let admins = everybody.iter().filter(|person| person.role == Role::Admin).count();
    assert_eq!(admins, 1);
}

async fn a_server_does_not_belong_to_the_stranger_who_finds_it_first(engine: Engine) {
    let place = Place::new(engine);
    let eve = || registration("eve@example.org", None);
    let stranger = Origin::new("203.0.113.7".parse().ok(), None);
    for mode in [RegistrationMode::Open, RegistrationMode::Invite] {
        let platform = place.open_with(|config| config.registration = mode).await;
        let refused = users::register(&platform, eve(), &stranger).await.map(|_| ()).unwrap_err().api();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert!(refused.message.contains("athanor admin create-user"), "what to do instead: {}", refused.message);
        assert_eq!(users::entrance_from(&platform, &stranger).await.unwrap(), Entrance::OnTheMachine);
        assert!(!users::any(&platform).await.unwrap());
    }
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    assert_eq!(ada.role, Role::Admin);
    assert_eq!(users::entrance_from(&platform, &stranger).await.unwrap(), Entrance::Open);
    let eve = users::register(&platform, eve(), &stranger).await.unwrap();
    assert_eq!(eve.user.role, Role::Member);
}

async fn an_e_mail_is_taken_in_any_case(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let here = on_the_machine();
    users::register(&platform, registration("Ada@Example.org", None), &here).await.unwrap();
    let again = users::register(&platform, registration("ada@example.ORG", None), &here).await;
    assert_eq!(code(again.map(|_| ())), ErrorCode::EmailTaken);
    let both = futures::join!(
        users::register(&platform, registration("bob@example.org", None), &here),
        users::register(&platform, registration("BOB@example.org", None), &here),
    );
    assert_eq!(both.0.is_ok() as u8 + both.1.is_ok() as u8, 1, "of two at once one gets it");
}

async fn logging_out_ends_the_session(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    register(&platform, "ada").await;
    let here = Origin::default();
    let signed_in = users::login(&platform, login("correct horse"), &here).await.unwrap();
    let ada = users::authenticate(&platform, &signed_in.token).await.unwrap();
    assert_eq!(users::me(&platform, &ada).await.unwrap().username, "ada");
    users::logout(&platform, &ada, &here).await.unwrap();
    assert_eq!(code(users::authenticate(&platform, &signed_in.token).await), ErrorCode::Unauthenticated);
    let wrong = users::login(&platform, login("wrong horse"), &here).await;
    assert_eq!(code(wrong.map(|_| ())), ErrorCode::InvalidCredentials);
}

async fn sign_ins_end_when_nobody_uses_them_and_in_any_case(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    register(&platform, "ada").await;
    let here = Origin::default();
    let enter = || async { users::login(&platform, login("correct horse"), &here).await.unwrap().token };
    // A day without a visit is the most that this place allows, and two days in any case.
    let used = enter().await;
    place.execute("UPDATE sessions SET last_seen_at = last_seen_at - 82800000000").await;
    let ada = users::authenticate(&platform, &used).await.unwrap();
    users::logout(&platform, &ada, &here).await.unwrap();
    let idle = enter().await;
    place.execute("UPDATE sessions SET last_seen_at = last_seen_at - 90000000000").await;
    assert_eq!(
        code(users::authenticate(&platform, &idle).await),
        ErrorCode::Unauthenticated,
        "nobody was here for a day"
    );
    assert!(users::sessions(&platform, &ada).await.unwrap().is_empty(), "and it is not shown as one");
    let old = enter().await;
    assert!(users::authenticate(&platform, &old).await.is_ok());
    // Its token says two days; the row decides.
    place.execute("UPDATE sessions SET expires_at = created_at").await;
    assert_eq!(code(users::authenticate(&platform, &old).await), ErrorCode::Unauthenticated, "its time is over");
}

async fn everybody_ends_their_own_sign_ins_and_no_others(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    register(&platform, "ada").await;
    let bea = register(&platform, "bea").await;
    let here = Origin::default();
    let enter = || async { users::login(&platform, login("correct horse"), &here).await.unwrap().token };
    let (one, two, three) = (enter().await, enter().await, enter().await);
    let known = |token: String| {
        let platform = platform.clone();
        async move { users::authenticate(&platform, &token).await.is_ok() }
    };
    let ada = users::authenticate(&platform, &one).await.unwrap();
    let second = users::authenticate(&platform, &two).await.unwrap().session().unwrap();
    assert_eq!(code(users::end_session(&platform, &bea, second, &here).await), ErrorCode::NotFound, "it is not hers");
    assert!(known(two.clone()).await);
    users::end_session(&platform, &ada, second, &here).await.unwrap();
    assert!(!known(two.clone()).await && known(three.clone()).await, "that one and no other");
    assert_eq!(code(users::end_session(&platform, &ada, second, &here).await), ErrorCode::NotFound, "it has ended");
    // The third one, and the one in which she registered.
    assert_eq!(users::end_other_sessions(&platform, &ada, &here).await.unwrap(), 2);
    assert!(known(one).await && !known(three).await);
    let left = users::sessions(&platform, &ada).await.unwrap();
    assert!(left.len() == 1 && left[0].current, "{left:?}");
    assert!(users::me(&platform, &bea).await.is_ok() && users::sessions(&platform, &bea).await.unwrap().len() == 1);
}

async fn who_came_in_and_who_failed_to_is_written_down(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    let from = Origin::new("203.0.113.7".parse().ok(), None);
    let failed = users::login(&platform, login("wrong horse"), &from).await;
    assert_eq!(code(failed.map(|_| ())), ErrorCode::InvalidCredentials);
    let entered = users::login(&platform, login("correct horse"), &from).await.unwrap();
    let again = users::authenticate(&platform, &entered.token).await.unwrap();
    users::logout(&platform, &again, &from).await.unwrap();
    let log = audit::page(&platform, &ada, None).await.unwrap().entries;
    let said: Vec<_> = log.iter().map(|entry| (entry.action, entry.actor.as_str(), entry.address.as_deref())).collect();
    let there = Some("203.0.113.7");
    let expected = [
        (Action::SignedOut, "ada", there),
        (Action::SignedIn, "ada", there),
        (Action::SignInFailed, "", there),
        (Action::Registered, "ada", None),
    ];
    assert_eq!(said, expected);
    assert_eq!(log[2].object, "ADA@example.org", "what was tried");
    let text = format!("{log:?}");
    assert!(!text.contains("wrong horse") && !text.contains("correct horse"), "{text}");
}

fn login(password: &str) -> Login {
    Login { email: "ADA@example.org".into(), password: password.into(), code: None }
}

async fn of_two_admins_who_remove_each_other_one_stays(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let (ada, bea) = (register(&platform, "ada").await, register(&platform, "bea").await);
    let here = Origin::default();
    let role = |role| UserChanges { role: Some(role), ..UserChanges::default() };
    let refused = users::change(&platform, &ada, ada.user_id, role(Role::Member), &here).await;
    assert_eq!(code(refused), ErrorCode::Conflict, "the last admin");
    let lock = UserChanges { disabled: Some(true), ..UserChanges::default() };
    assert_eq!(code(users::change(&platform, &ada, ada.user_id, lock, &here).await), ErrorCode::Conflict);
    let refused = users::delete(&platform, &ada, ada.user_id, Some("correct horse"), None, &here).await;
    assert_eq!(code(refused), ErrorCode::Conflict, "nor does the last admin go");
    assert_eq!(code(users::change(&platform, &bea, bea.user_id, role(Role::Admin), &here).await), ErrorCode::Forbidden);
    users::change(&platform, &ada, bea.user_id, role(Role::Admin), &here).await.unwrap();
    let bea = Principal { role: Role::Admin, ..bea };
    let changes = (0..20).map(|turn| {
        let (who, whom) = if turn % 2 == 0 { (&ada, &bea) } else { (&bea, &ada) };
        users::change(&platform, who, whom.user_id, role(Role::Member), &here)
    });
    futures::future::join_all(changes).await;
    let everybody = users::page(&platform, &ada, None, None, 50).await.unwrap();
    let admins = everybody.users.iter().filter(|user| user.role == Role::Admin).count();
    assert_eq!(admins, 1, "{everybody:?}");
}

async fn a_locked_account_is_out_at_once_and_comes_back(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    let here = Origin::default();
    let bea = users::register(&platform, registration("bea@example.org", None), &here).await.unwrap();
    let principal = users::authenticate(&platform, &bea.token).await.unwrap();
    let wanted = TokenRequest { name: "ci".into(), scope: Scope::Read, expires_in_days: None };
    let token = users::make_token(&platform, &principal, wanted, &here).await.unwrap();
    let lock = |disabled| UserChanges { disabled: Some(disabled), ..UserChanges::default() };
    users::change(&platform, &ada, bea.user.id, lock(true), &here).await.unwrap();
    for credential in [&bea.token, &token.secret] {
        assert_eq!(code(users::authenticate(&platform, credential).await), ErrorCode::Unauthenticated);
    }
    let form = Login { email: "bea@example.org".into(), password: "correct horse".into(), code: None };
    let refused = users::login(&platform, form.clone(), &here).await;
    assert_eq!(code(refused.map(|_| ())), ErrorCode::InvalidCredentials, "as if there were none");
    users::change(&platform, &ada, bea.user.id, lock(false), &here).await.unwrap();
    users::login(&platform, form, &here).await.unwrap();
    assert_eq!(code(users::authenticate(&platform, &bea.token).await), ErrorCode::Unauthenticated, "it has ended");
    assert!(users::authenticate(&platform, &token.secret).await.is_ok(), "a token was only locked with its owner");
    let change = UserChanges { must_change_password: Some(true), ..UserChanges::default() };
    users::change(&platform, &ada, bea.user.id, change, &here).await.unwrap();
    let refused = users::authenticate(&platform, &token.secret).await;
    assert_eq!(code(refused), ErrorCode::PasswordChangeRequired);
    assert!(users::authenticate_for_account(&platform, &token.secret).await.is_ok());
}

async fn a_new_password_ends_every_other_sign_in(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    register(&platform, "ada").await;
    let here = Origin::default();
    let (one, two) = futures::join!(
        users::login(&platform, login("correct horse"), &here),
        users::login(&platform, login("correct horse"), &here)
    );
    let (one, two) = (one.unwrap().token, two.unwrap().token);
    let ada = users::authenticate(&platform, &one).await.unwrap();
    assert_eq!(users::sessions(&platform, &ada).await.unwrap().iter().filter(|session| session.current).count(), 1);
    let change =
        |current: &str, new: &str| PasswordChange { current_password: current.into(), new_password: new.into() };
    let refused = users::change_password(&platform, &ada, change("wrong horse", "another horse"), &here).await;
    assert_eq!(refused.unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["current_password"]);
    let refused = users::change_password(&platform, &ada, change("correct horse", "password1"), &here).await;
    assert_eq!(refused.unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["new_password"]);
    let earlier = users::reset_link(&platform, &ada, ada.user_id, &here).await.unwrap();
    let earlier = PasswordReset { link: secret_of(&earlier), password: "a second horse".into() };
    users::change_password(&platform, &ada, change("correct horse", "another horse"), &here).await.unwrap();
    let refused = users::reset_password(&platform, earlier, &here).await;
    assert_eq!(fields(refused), ["link"], "a link from before is worth nothing");
    assert!(users::authenticate(&platform, &one).await.is_ok());
    assert_eq!(code(users::authenticate(&platform, &two).await), ErrorCode::Unauthenticated);
    assert!(users::login(&platform, login("another horse"), &here).await.is_ok());
    let link = users::reset_link(&platform, &ada, ada.user_id, &here).await.unwrap();
    let secret = secret_of(&link);
    let reset = |password: &str| PasswordReset { link: secret.clone(), password: password.into() };
    let wanted = TokenRequest { name: "ci".into(), scope: Scope::Train, expires_in_days: None };
    let token = users::make_token(&platform, &ada, wanted, &here).await.unwrap();
    let done = users::reset_password(&platform, reset("a third horse"), &here).await.unwrap().unwrap();
    assert_eq!(code(users::authenticate(&platform, &one).await), ErrorCode::Unauthenticated);
    let lost = users::authenticate(&platform, &token.secret).await;
    assert_eq!(code(lost), ErrorCode::Unauthenticated, "whoever lost the password may have lost this to somebody");
    assert!(users::authenticate(&platform, &done.token).await.is_ok());
    assert_eq!(
        fields(users::reset_password(&platform, reset("a fourth horse"), &here).await),
        ["link"],
        "it works once"
    );
    let late = users::reset_link(&platform, &ada, ada.user_id, &here).await.unwrap();
    place.execute("UPDATE links SET expires_at = created_at").await;
    let late = PasswordReset { link: secret_of(&late), password: "a fifth horse".into() };
    assert_eq!(fields(users::reset_password(&platform, late, &here).await), ["link"], "and not for long");
}

/// What the address of a link is about.
fn secret_of(link: &NewLink) -> String {
    link.path.split('=').nth(1).unwrap().to_owned()
}

/// The fields that a refusal names.
fn fields<T>(refused: Result<T, platform::Error>) -> Vec<String> {
    refused.map(|_| ()).unwrap_err().api().fields.into_keys().collect()
}

/// A session that somebody left open is no place to find out its password.
async fn a_password_that_is_asked_for_again_is_not_guessed_either(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    let here = Origin::default();
    let mut tried = 0;
    let refused = loop {
        let form = PasswordChange { current_password: format!("horse {tried}"), new_password: "another horse".into() };
        let refused = users::change_password(&platform, &ada, form, &here).await.unwrap_err().api();
        if refused.code != ErrorCode::ValidationFailed {
            break refused;
        }
        tried += 1;
        assert!(tried < 10, "it may be tried for ever");
    };
    assert_eq!((tried, refused.code), (6, ErrorCode::Busy));
    let elsewhere = users::end_second_factor(&platform, &ada, ada.user_id, "correct horse", &here).await;
    assert_eq!(code(elsewhere), ErrorCode::Busy, "nor is it by another form");
}

async fn a_link_for_a_new_password_lets_nobody_around_a_code_or_a_lock(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let (ada, bea) = (register(&platform, "ada").await, register(&platform, "bea").await);
    let here = Origin::default();
    let proposed = users::enrol_second_factor(&platform, &bea).await.unwrap();
    let now = current_code(&proposed.secret);
    let proved = (proposed.secret.as_str(), now.as_str());
    users::confirm_second_factor(&platform, &bea, proved, "correct horse", &here).await.unwrap();
    let reset = |password: &'static str| {
        let (platform, ada, here) = (&platform, &ada, &here);
        async move {
            let link = users::reset_link(platform, ada, bea.user_id, here).await.unwrap();
            let form = PasswordReset { link: secret_of(&link), password: password.into() };
            users::reset_password(platform, form, here).await.unwrap()
        }
    };
    assert!(reset("another horse").await.is_none(), "a code is asked for all the same");
    let entering = Login { email: "bea@example.org".into(), password: "another horse".into(), code: None };
    let refused = users::login(&platform, entering, &here).await;
    assert_eq!(code(refused.map(|_| ())), ErrorCode::CodeRequired);
    users::end_second_factor(&platform, &ada, bea.user_id, "correct horse", &here).await.unwrap();
    let locked = UserChanges { disabled: Some(true), ..UserChanges::default() };
    users::change(&platform, &ada, bea.user_id, locked, &here).await.unwrap();
    assert!(reset("a third horse").await.is_none(), "who is locked out stays out");
    let log =
        place.texts("SELECT id FROM sessions WHERE user_id = (SELECT id FROM users WHERE email = 'bea@example.org')");
    assert!(log.await.is_empty());
}

/// What an app shows that knows a secret.
fn current_code(secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    totp_rs::Builder::new().with_secret(secret).build().unwrap().generate_current().to_string()
}

async fn an_invitation_makes_one_account(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open_with(|config| config.registration = RegistrationMode::Invite).await;
    let ada = register(&platform, "ada").await;
    let here = Origin::default();
    let refused = users::register(&platform, registration("bea@example.org", None), &here).await;
    assert_eq!(code(refused.map(|_| ())), ErrorCode::Forbidden);
    let wanted = InvitationRequest { role: Some(Role::Viewer), ..InvitationRequest::default() };
    let link = users::invite(&platform, &ada, wanted, &here).await.unwrap();
    let secret = link.path.split('=').nth(1).unwrap().to_owned();
    assert!(!format!("{:?}", users::invitations(&platform, &ada).await.unwrap()).contains(&secret));
    let emails: Vec<String> = (0..6).map(|number| format!("person{number}@example.org")).collect();
    let all = emails.iter().map(|email| users::register(&platform, registration(email, Some(&secret)), &here));
    let made: Vec<_> = futures::future::join_all(all).await.into_iter().filter_map(Result::ok).collect();
    assert_eq!((made.len(), made[0].user.role), (1, Role::Viewer));
    let late = users::invite(&platform, &ada, InvitationRequest::default(), &here).await.unwrap();
    place.execute("UPDATE links SET expires_at = created_at").await;
    assert!(users::invitations(&platform, &ada).await.unwrap().is_empty());
    let late = users::register(&platform, registration("fay@example.org", Some(&secret_of(&late))), &here).await;
    assert_eq!(fields(late), ["invitation"], "its time is over");
    let only = InvitationRequest { email: Some("dee@example.org".into()), ..InvitationRequest::default() };
    let link = users::invite(&platform, &ada, only, &here).await.unwrap();
    let secret = link.path.split('=').nth(1).unwrap();
    let refused = users::register(&platform, registration("eve@example.org", Some(secret)), &here).await;
    assert_eq!(refused.map(|_| ()).unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["email"]);
    users::withdraw_invitation(&platform, &ada, link.id, &here).await.unwrap();
    let refused = users::register(&platform, registration("dee@example.org", Some(secret)), &here).await;
    assert_eq!(refused.map(|_| ()).unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["invitation"]);
}

async fn what_somebody_owned_goes_with_them_or_to_an_heir(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    let (bea, cem) = (Person::new(platform, "bea").await, Person::new(platform, "cem").await);
    let here = Origin::default();
    let job = bea.submit(platform, "epochs=1").await;
    let other = cem.submit(platform, "epochs=1").await;
    world.wait_for(job, JobState::Completed).await;
    let finished = world.wait_for(other, JobState::Completed).await;
    let refused = users::delete(platform, &bea, bea.user_id, Some("wrong horse"), None, &here).await;
    assert_eq!(refused.unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["password"]);
    assert_eq!(code(users::delete(platform, &bea, cem.user_id, None, None, &here).await), ErrorCode::NotFound);
    users::delete(platform, ada, bea.user_id, None, Some(cem.user_id), &here).await.unwrap();
    assert_eq!(code(users::me(platform, &bea).await), ErrorCode::Unauthenticated);
    assert!(jobs::get(platform, &cem, job).await.is_ok(), "it is cem's now");
    let file =
        world.place.config().data_dir.join("models").join(finished.summary.progress.model_id.unwrap().to_string());
    assert!(file.exists());
    users::delete(platform, &cem, cem.user_id, Some("correct horse"), None, &here).await.unwrap();
    assert_eq!(code(jobs::get(platform, ada, job).await), ErrorCode::NotFound);
    assert!(!file.exists(), "the files went, too");
    let log = audit::page(platform, ada, None).await.unwrap();
    let deleted: Vec<_> = log.entries.iter().filter(|entry| entry.action == Action::AccountDeleted).collect();
    assert_eq!(deleted.len(), 2);
    assert_eq!((deleted[0].object.as_str(), deleted[0].actor.as_str()), ("cem@example.org", "cem"));
    assert_eq!(code(audit::page(platform, &cem, None).await), ErrorCode::Forbidden);
}

async fn a_viewer_and_a_token_that_reads_change_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    let bea = Person::new(platform, "bea").await;
    let here = Origin::default();
    let job = bea.submit(platform, "epochs=1").await;
    world.wait_for(job, JobState::Completed).await;
    let token = |scope: Scope| TokenRequest { name: scope.as_str().into(), scope, expires_in_days: Some(1) };
    let mut callers = Vec::new();
    let read = users::make_token(platform, &bea, token(Scope::Read), &here).await.unwrap();
    callers.push(users::authenticate(platform, &read.secret).await.unwrap());
    let view = UserChanges { role: Some(Role::Viewer), ..UserChanges::default() };
    users::change(platform, ada, bea.user_id, view, &here).await.unwrap();
    callers.push(Principal { role: Role::Viewer, ..bea.principal.clone() });
    for caller in &callers {
        assert!(jobs::get(platform, caller, job).await.is_ok());
        let change = JobChanges { name: Some("x".into()), ..JobChanges::default() };
        assert_eq!(code(jobs::submit(platform, caller, bea.request("epochs=1"), None).await), ErrorCode::Forbidden);
        assert_eq!(code(jobs::clone(platform, caller, job, TrainingRequest::default()).await), ErrorCode::Forbidden);
        assert_eq!(code(jobs::change(platform, caller, job, change).await), ErrorCode::Forbidden);
        assert_eq!(code(jobs::stop(platform, caller, job).await), ErrorCode::Forbidden);
        assert_eq!(code(jobs::retry(platform, caller, job).await), ErrorCode::Forbidden);
        assert_eq!(code(jobs::delete(platform, caller, job).await), ErrorCode::Forbidden);
        assert_eq!(code(datasets::delete(platform, caller, bea.dataset.id).await), ErrorCode::Forbidden);
        assert_eq!(code(shares::set(platform, caller, job.0, Sharing::default(), &here).await), ErrorCode::Forbidden);
        let experiment = ExperimentChanges { name: Some("x".into()), ..ExperimentChanges::default() };
        assert_eq!(code(experiments::create(platform, caller, experiment).await), ErrorCode::Forbidden);
    }
    let refused = users::make_token(platform, &callers[0], token(Scope::Admin), &here).await;
    assert_eq!(code(refused), ErrorCode::Forbidden, "no token makes itself a better one");
    world.place.execute("UPDATE api_tokens SET expires_at = created_at").await;
    assert_eq!(code(users::authenticate(platform, &read.secret).await), ErrorCode::Unauthenticated, "its time is over");
}

async fn a_second_factor_is_asked_for_and_each_code_works_once(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    let here = Origin::default();
    let proposed = users::enrol_second_factor(&platform, &ada).await.unwrap();
    assert!(proposed.address.contains(&proposed.secret) && proposed.address.starts_with("otpauth://totp/"));
    let wrong =
        users::confirm_second_factor(&platform, &ada, (&proposed.secret, "000000"), "correct horse", &here).await;
    assert_eq!(wrong.unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["code"]);
    let confirmed = current_code(&proposed.secret);
    let proved = (proposed.secret.as_str(), confirmed.as_str());
    let stranger = users::confirm_second_factor(&platform, &ada, proved, "wrong horse", &here).await;
    assert_eq!(fields(stranger), ["password"]);
    users::login(&platform, login("correct horse"), &here).await.unwrap();
    let codes = users::confirm_second_factor(&platform, &ada, proved, "correct horse", &here).await.unwrap();
    let with = |code: Option<&str>| Login { code: code.map(str::to_owned), ..login("correct horse") };
    for refused in [None, Some(""), Some("000000"), Some(confirmed.as_str())] {
        let refused = users::login(&platform, with(refused), &here).await;
        assert_eq!(code(refused.map(|_| ())), ErrorCode::CodeRequired);
    }
    let guessed = users::login(&platform, Login { code: Some(codes[0].clone()), ..login("wrong horse") }, &here).await;
    assert_eq!(code(guessed.map(|_| ())), ErrorCode::InvalidCredentials, "a code alone is nothing");
    users::login(&platform, with(Some(&codes[0].to_uppercase())), &here).await.unwrap();
    let again = users::login(&platform, with(Some(&codes[0])), &here).await;
    assert_eq!(code(again.map(|_| ())), ErrorCode::CodeRequired, "it has been used");
    assert_eq!(
        fields(users::end_second_factor(&platform, &ada, ada.user_id, "wrong horse", &here).await),
        ["password"]
    );
    let still = users::login(&platform, login("correct horse"), &here).await;
    assert_eq!(code(still.map(|_| ())), ErrorCode::CodeRequired);
    users::end_second_factor(&platform, &ada, ada.user_id, "correct horse", &here).await.unwrap();
    users::login(&platform, login("correct horse"), &here).await.unwrap();
}

/// A stolen database alone lets nobody in.
async fn what_lets_somebody_in_is_stored_sealed_or_as_a_hash(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let ada = register(&platform, "ada").await;
    let here = Origin::default();
    let proposed = users::enrol_second_factor(&platform, &ada).await.unwrap();
    let now = current_code(&proposed.secret);
    let proved = (proposed.secret.as_str(), now.as_str());
    let codes = users::confirm_second_factor(&platform, &ada, proved, "correct horse", &here).await.unwrap();
    let wanted = TokenRequest { name: "ci".into(), scope: Scope::Train, expires_in_days: None };
    let token = users::make_token(&platform, &ada, wanted, &here).await.unwrap().secret;
    let invitation = secret_of(&users::invite(&platform, &ada, InvitationRequest::default(), &here).await.unwrap());
    let reset = secret_of(&users::reset_link(&platform, &ada, ada.user_id, &here).await.unwrap());
    let stored = place
        .texts(
            "SELECT password_hash FROM users UNION ALL SELECT totp_secret FROM users
             UNION ALL SELECT code_sha256 FROM recovery_codes UNION ALL SELECT secret_sha256 FROM api_tokens
             UNION ALL SELECT secret_sha256 FROM links",
        )
        .await;
    assert_eq!(stored.len(), 2 + codes.len() + 1 + 2, "{stored:?}");
    let typed = codes.iter().flat_map(|code| [code.clone(), code.replace('-', "")]);
    let bytes = totp_rs::Secret::try_from_base32(&proposed.secret).unwrap().as_bytes().to_vec();
    let secrets = [token, invitation, reset, "correct horse".into(), proposed.secret.clone(), STANDARD.encode(&bytes)];
    for secret in typed.chain(secrets) {
        assert!(!stored.iter().any(|text| text.contains(&secret)), "{secret} is in {stored:?}");
    }
    let unpacked = stored.iter().filter_map(|text| STANDARD.decode(text).ok());
    let plain = |stored: Vec<u8>| stored.windows(bytes.len()).any(|window| window == bytes);
    assert!(!unpacked.into_iter().any(plain), "a second factor is only encoded");
}
