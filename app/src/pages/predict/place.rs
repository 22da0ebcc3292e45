//! Where a model is asked: on the server, or in this browser once somebody has switched that on.

use domain::{
    ModelId,
    model::{Prediction, Row},
};
use leptos::{prelude::*, task::spawn_local};
use send_wrapper::SendWrapper;

use crate::{
    api::{error::UiError, models::predict},
    browser_model::BrowserModel,
    components::format,
    language::said,
};

/// Where the model of this page is asked.
#[derive(Clone, Copy)]
pub(super) struct Place {
    id: ModelId,
    state: RwSignal<State>,
    /// How often it was loaded: only the newest attempt decides the state.
    attempts: StoredValue<u32>,
}

#[derive(Clone)]
enum State {
    Server,
    /// By that attempt.
    Loading(u32),
    Browser(SendWrapper<BrowserModel>),
    Failed(UiError),
}

/// The places of the models of a page. They outlive its views: whoever wants nothing sent wants it in every language.
#[derive(Clone)]
struct Places(ArcStoredValue<Vec<Known>>);

type Known = (ModelId, ArcRwSignal<State>, ArcStoredValue<u32>);

/// For a page, before its views are made.
pub fn provide_places() {
    provide_context(Places(ArcStoredValue::new(Vec::new())));
}

impl Place {
    pub(super) fn of(id: ModelId) -> Self {
        let Places(places) = expect_context();
        let known = places.with_value(|places| places.iter().find(|known| known.0 == id).cloned());
        let (_, state, attempts) = known.unwrap_or_else(|| {
            let new = (id, ArcRwSignal::new(State::Server), ArcStoredValue::new(0));
            places.update_value(|places| places.push(new.clone()));
            new
        });
        Self { id, state: state.into(), attempts: attempts.into() }
    }

    /// One answer a row, from wherever.
    pub(super) async fn ask(self, rows: Vec<Row>) -> Result<Vec<Prediction>, UiError> {
        match self.state.get_untracked() {
            State::Server | State::Failed(_) => predict(self.id, rows).await,
            // Whoever has switched it on wants nothing sent, also while it is being loaded.
            State::Loading(_) | State::Browser(_) => {
                SendWrapper::new(async move { self.browser().await?.predict(&rows).await }).await
            }
        }
    }

    /// The model in this browser, loaded now if it is not there yet.
    pub(super) async fn browser(self) -> Result<BrowserModel, UiError> {
        if let State::Browser(model) = self.state.get_untracked() {
            return Ok(model.clone().take());
        }
        let next = |attempts: &mut u32| {
            *attempts += 1;
            *attempts
        };
        let attempt = self.attempts.try_update_value(next).unwrap_or_default();
        self.state.try_set(State::Loading(attempt));
        let loaded = BrowserModel::load(self.id).await;
        // Otherwise it was switched off, or on again, in the meantime, or the page is gone.
        if matches!(self.state.try_get_untracked(), Some(State::Loading(newest)) if newest == attempt) {
            self.state.set(match &loaded {
                Ok(model) => State::Browser(SendWrapper::new(model.clone())),
                Err(error) => State::Failed(error.clone()),
            });
        }
        loaded
    }

    fn is_on(self) -> bool {
        self.state.with(|state| matches!(state, State::Browser(_) | State::Loading(_)))
    }

    fn toggle(self, on: bool) {
        if on {
            // What goes wrong is in the state.
            spawn_local(async move { drop(self.browser().await) });
        } else {
            self.state.set(State::Server);
        }
    }
}

/// "Run in this browser", and how that stands.
#[component]
pub(super) fn Switch(place: Place, parameters: u64) -> impl IntoView {
    // Without WebAssembly there is nothing to switch.
    let alive = RwSignal::new(false);
    Effect::new(move || alive.set(true));
    let size = format::bytes(parameters * 4);
    let hint = move || {
        place.state.with(|state| match state {
            State::Server => t!("Loads the model ({size}); then this page answers without the server.", size = size),
            State::Loading(_) => t!("Loading the model").to_owned(),
            State::Browser(_) => t!("On: answers come from this page, also without a connection.").to_owned(),
            State::Failed(error) => said(&error.0.message),
        })
    };
    let failed = move || place.state.with(|state| matches!(state, State::Failed(_)));
    view! {
        <div class="switch">
            <label>
                <input
                    type="checkbox"
                    role="switch"
                    aria-describedby="place-hint"
                    disabled=move || !alive.get()
                    prop:checked=move || place.is_on()
                    on:change=move |event| place.toggle(event_target_checked(&event))
                />
                {t!("Run in this browser")}
            </label>
            <p class="hint" class:field-error=failed id="place-hint" aria-live="polite">{hint}</p>
        </div>
    }
}
