//! A whole CSV file, predicted in this browser: nothing is uploaded.

use std::sync::Arc;

use domain::ErrorCode;
use leptos::{ev::DragEvent, html, prelude::*, task::spawn_local};
use web_sys::{File, Url};

use super::place::Place;
use crate::{api::error::UiError, components::format, language::said};

/// How it stands with the file that was given.
#[derive(Clone)]
enum State {
    Empty,
    Working(String),
    Done(Predicted),
    Failed(UiError),
}

/// A file that waits to be saved.
#[derive(Clone)]
struct Predicted {
    name: String,
    size: u64,
    address: Arc<Address>,
}

/// Where the browser keeps a file; it forgets it with the last of these.
struct Address(String);

impl Drop for Address {
    fn drop(&mut self) {
        let _ = Url::revoke_object_url(&self.0);
    }
}

/// Where a file can be dropped or chosen, and what came of it.
#[component]
pub(super) fn PredictFile(place: Place) -> impl IntoView {
    let (state, over) = (RwSignal::new(State::Empty), RwSignal::new(false));
    // Only the file that was given last has a say.
    let given = StoredValue::new(0_u32);
    let input = NodeRef::<html::Input>::new();
    let take = move |file: Option<File>| {
        let Some(file) = file else { return };
        let number = given.get_value() + 1;
        given.set_value(number);
        state.set(State::Working(file.name()));
        spawn_local(async move {
            let outcome = predict(place, &file).await;
            // The page may be gone by now.
            if given.try_get_value() == Some(number) {
                state.try_set(outcome.map_or_else(State::Failed, State::Done));
            }
        });
    };
    let chosen = move |_| {
        let Some(input) = input.get() else { return };
        take(input.files().and_then(|files| files.get(0)));
        // So that the same file can be chosen again after it was corrected.
        input.set_value("");
    };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        take(event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)));
    };
    view! {
        <div
            class="drop"
            class:over=over
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <label for="batch">{t!("A whole CSV file")}</label>
            <p class="hint">
                {t!(
                    "Drop it here or choose it: it comes back with a prediction at the end of each row. It stays in this browser."
                )}
            </p>
            <input id="batch" type="file" accept=".csv,.tsv,.txt,text/csv" node_ref=input on:change=chosen />
            <div aria-live="polite">
                {move || match state.get() {
                    State::Empty => ().into_any(),
                    State::Working(name) => {
                        view! { <p class="sub">{t!("Predicting {name}", name = name)}</p> }.into_any()
                    }
                    State::Failed(error) => view! { <p class="alert" role="alert">{refusal(&error)}</p> }.into_any(),
                    State::Done(Predicted { name, size, address }) => {
                        let text = t!("Save {name} ({size})", name = name, size = format::bytes(size));
                        view! { <a class="button" href=address.0.clone() download=name rel="external">{text}</a> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}

/// Why there is nothing to save; of a cell by its line and its column.
fn refusal(UiError(error): &UiError) -> String {
    if error.code != ErrorCode::ValidationFailed || error.fields.is_empty() {
        return said(&error.message);
    }
    let cells = error.fields.iter().map(|(cell, why)| t!("{field}: {why}", field = cell, why = said(why)));
    cells.collect::<Vec<_>>().join(" ")
}

async fn predict(place: Place, file: &File) -> Result<Predicted, UiError> {
    let blob = place.browser().await?.predict_csv(file).await?;
    let address = Arc::new(Address(Url::create_object_url_with_blob(&blob).unwrap_or_default()));
    let name = file.name();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    Ok(Predicted { name: format!("{stem}-predicted.csv"), size: blob.size() as u64, address })
}
