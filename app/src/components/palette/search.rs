//! Asks the server while somebody types: after a short pause, and only the answer to what was typed last counts.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use crate::api::{
    error::UiError,
    find::{FEWEST_LETTERS, Found, find},
};

/// How long nothing has to be typed.
const PAUSE_MS: u32 = 150;

/// What was found, or why nothing could be.
#[derive(Clone, Copy)]
pub struct Search {
    pub found: RwSignal<Vec<Found>>,
    pub failed: RwSignal<Option<UiError>>,
    /// Something has been typed that is not answered yet.
    pub waiting: RwSignal<bool>,
}

/// Searches for what `text` is.
pub fn search(text: RwSignal<String>) -> Search {
    let (found, failed) = (RwSignal::new(Vec::<Found>::new()), RwSignal::new(None::<UiError>));
    let waiting = RwSignal::new(false);
    let turn = StoredValue::new(0_u32);
    Effect::new(move |_| {
        let wanted = text.with(|text| text.trim().to_owned());
        let mine = turn.get_value().wrapping_add(1);
        turn.set_value(mine);
        if wanted.chars().count() < FEWEST_LETTERS {
            found.set(Vec::new());
            failed.set(None);
            waiting.set(false);
            return;
        }
        waiting.set(true);
        // Until the answer comes, nothing is offered that does not match any more.
        let lower = wanted.to_lowercase();
        found.update(|found| found.retain(|thing| thing.name.to_lowercase().contains(&lower)));
        spawn_local(async move {
            // The palette may be closed by now, and with it the value be gone.
            let last = || turn.try_get_value() == Some(mine);
            TimeoutFuture::new(PAUSE_MS).await;
            if !last() {
                return;
            }
            let answer = find(wanted).await;
            if !last() {
                return;
            }
            waiting.set(false);
            match answer {
                Ok(things) => {
                    found.set(things);
                    failed.set(None);
                }
                Err(error) => {
                    found.set(Vec::new());
                    failed.set(Some(error));
                }
            }
        });
    });
    Search { found, failed, waiting }
}
