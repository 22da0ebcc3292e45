//! Roles, scopes and belongings in words.

use domain::{Role, Scope, user::Belongings};

use super::format::counted;

/// What somebody is.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Admin => t!("Administrator"),
        Role::Member => t!("Member"),
        Role::Viewer => t!("Viewer"),
    }
}

/// What somebody of that role may do.
pub fn role_meaning(role: Role) -> &'static str {
    match role {
        Role::Admin => t!("sees and manages everything, people too"),
        Role::Member => t!("trains, and manages what is their own or shared with them"),
        Role::Viewer => t!("sees what is shared with them, and changes nothing"),
    }
}

/// What an API token is for.
pub fn scope_word(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => t!("Read"),
        Scope::Train => t!("Read and train"),
        Scope::Admin => t!("Everything"),
    }
}

/// What a program may do with it.
pub fn scope_meaning(scope: Scope) -> &'static str {
    match scope {
        Scope::Read => t!("Look, download and predict."),
        Scope::Train => t!("Also upload, train, change and delete."),
        Scope::Admin => t!("Also manage the account, and people if its owner is an administrator."),
    }
}

/// `2 datasets, 1 experiment, 12 jobs, 9 models`.
pub fn belongings_words(owned: &Belongings) -> String {
    [
        counted(owned.datasets, t!("dataset"), t!("datasets")),
        counted(owned.experiments, t!("experiment"), t!("experiments")),
        counted(owned.jobs, t!("job"), t!("jobs")),
        counted(owned.models, t!("model"), t!("models")),
    ]
    .join(t!(", "))
}
