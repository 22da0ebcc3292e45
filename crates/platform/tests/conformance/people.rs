//! Accounts and sessions.

use domain::{
    ErrorCode, Role,
    user::{Login, Registration},
};
use platform::users;

use crate::harness::{Engine, Place, code, on_both, register};

on_both! {
    of_many_first_registrations_exactly_one_is_the_admin
    an_e_mail_is_taken_in_any_case
    logging_out_ends_the_session
}

async fn of_many_first_registrations_exactly_one_is_the_admin(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let names: Vec<String> = (0..16).map(|number| format!("person{number}")).collect();
    let everybody = futures::future::join_all(names.iter().map(|name| register(&platform, name))).await;
    let admins = everybody.iter().filter(|person| person.role == Role::Admin).count();
    assert_eq!(admins, 1);
}

async fn an_e_mail_is_taken_in_any_case(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    let form = |email: &str| Registration { email: email.into(), password: "correct horse".into(), name: None };
    users::register(&platform, form("Ada@Example.org")).await.unwrap();
    assert_eq!(code(users::register(&platform, form("ada@example.ORG")).await.map(|_| ())), ErrorCode::EmailTaken);
    let both = futures::join!(
        users::register(&platform, form("bob@example.org")),
        users::register(&platform, form("BOB@example.org")),
    );
    assert_eq!(both.0.is_ok() as u8 + both.1.is_ok() as u8, 1, "of two at once one gets it");
}

async fn logging_out_ends_the_session(engine: Engine) {
    let place = Place::new(engine);
    let platform = place.open().await;
    register(&platform, "ada").await;
    let form = || Login { email: "ADA@example.org".into(), password: "correct horse".into() };
    let signed_in = users::login(&platform, form()).await.unwrap();
    let ada = users::authenticate(&platform, &signed_in.token).await.unwrap();
    assert_eq!(users::me(&platform, &ada).await.unwrap().username, "ada");
    users::logout(&platform, &ada).await.unwrap();
    assert_eq!(code(users::authenticate(&platform, &signed_in.token).await), ErrorCode::Unauthenticated);
    let wrong = Login { password: "wrong horse".into(), ..form() };
    assert_eq!(code(users::login(&platform, wrong).await.map(|_| ())), ErrorCode::InvalidCredentials);
}
