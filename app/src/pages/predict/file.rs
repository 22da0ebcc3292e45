//! A whole CSV file, predicted in this browser: nothing is uploaded.

use leptos::{ev::DragEvent, html, prelude::*, task::spawn_local};
use web_sys::{File, Url};

use super::place::Place;
use crate::{api::error::UiError, components::format};

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
    address: String,
}

/// Where a file can be dropped or chosen, and what came of it.
#[component]
pub(super) fn PredictFile(place: Place) -> impl IntoView {
    let (state, over) = (RwSignal::new(State::Empty), RwSignal::new(false));
    let input = NodeRef::<html::Input>::new();
    let take = move |file: Option<File>| {
        let Some(file) = file else { return };
        forget(state);
        state.set(State::Working(file.name()));
        spawn_local(async move {
            let outcome = predict(place, &file).await;
            // The page may be gone by now.
            if let Some(next) = state.try_update(|state| {
                *state = outcome.map_or_else(State::Failed, State::Done);
                state.clone()
            }) && let (State::Done(_), Some(input)) = (next, input.try_get_untracked().flatten())
            {
                // So that the same file can be chosen again after it was corrected.
                input.set_value("");
            }
        });
    };
    on_cleanup(move || forget(state));
    let chosen = move |_| {
        take(input.get().and_then(|input| input.files()).and_then(|files| files.get(0)));
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
            <label for="batch">"A whole CSV file"</label>
            <p class="hint">
                "Drop it here or choose it: it comes back with a prediction at the end of each row. It stays in this browser."
            </p>
            <input id="batch" type="file" accept=".csv,.tsv,.txt,text/csv" node_ref=input on:change=chosen />
            <div aria-live="polite">
                {move || match state.get() {
                    State::Empty => ().into_any(),
                    State::Working(name) => view! { <p class="sub">{format!("Predicting {name}")}</p> }.into_any(),
                    State::Failed(error) => view! { <p class="alert" role="alert">{error.0.message}</p> }.into_any(),
                    State::Done(Predicted { name, size, address }) => {
                        let text = format!("Save {name} ({})", format::bytes(size));
                        view! { <a class="button" href=address download=name rel="external">{text}</a> }.into_any()
                    }
                }}
            </div>
        </div>
    }
}

async fn predict(place: Place, file: &File) -> Result<Predicted, UiError> {
    let blob = place.browser().await?.predict_csv(file).await?;
    let address = Url::create_object_url_with_blob(&blob).unwrap_or_default();
    let name = file.name();
    let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
    Ok(Predicted { name: format!("{stem}-predicted.csv"), size: blob.size() as u64, address })
}

/// Lets the browser forget the file that was made before.
fn forget(state: RwSignal<State>) {
    if let Some(State::Done(done)) = state.try_get_untracked() {
        let _ = Url::revoke_object_url(&done.address);
    }
}
