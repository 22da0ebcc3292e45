//! Asking a model that looks at images: they do not fit into an address, so this form needs a browser that runs the page.

use domain::model::{ModelView, Prediction, Row};
use js_sys::Promise;
use leptos::{html, prelude::*, task::spawn_local};
use wasm_bindgen_futures::JsFuture;
use web_sys::{File, FileReader};

use super::{
    answer::outcome,
    place::{Place, Switch},
};
use crate::api::error::UiError;

#[component]
pub(super) fn PredictImage(model: ModelView) -> impl IntoView {
    let place = Place::of(model.id);
    let names: Vec<String> = model.info.features.iter().map(|feature| feature.name().to_owned()).collect();
    let (name, id, target, task) = (names.join(", "), model.id, model.info.target.clone(), model.info.task);
    let column = name.clone();
    // The image as a `data:` address, and what was said of it.
    let shown = RwSignal::new(String::new());
    let answer = RwSignal::new(Ok(None::<Prediction>));
    // Only the image that was chosen last has a say.
    let given = StoredValue::new(0_u32);
    let input = NodeRef::<html::Input>::new();
    let chosen = move |_| {
        let Some(file) = input.get().and_then(|input| input.files()).and_then(|files| files.get(0)) else { return };
        let (number, column) = (given.get_value() + 1, column.clone());
        given.set_value(number);
        spawn_local(async move {
            let newest = || given.try_get_value() == Some(number);
            let told = match data_address(&file).await {
                // The page may be gone by now.
                Ok(_) if !newest() => return,
                Ok(address) => {
                    let bytes = address.split_once(',').map_or("", |(_, bytes)| bytes).to_owned();
                    shown.set(address);
                    answer.set(Ok(None));
                    let row = Row::from_iter([(column, bytes.into())]);
                    place.ask(vec![row]).await.map(|answers| answers.into_iter().next())
                }
                Err(error) => Err(error),
            };
            if newest() {
                answer.set(told);
            }
        });
    };
    let heading = t!("Predict {target}", target = target);
    view! {
        <section class="predict">
            <h2>{heading}</h2>
            <Switch place parameters=model.info.parameters />
            <div class="field">
                <label for="image">{t!("Image")}</label>
                <input id="image" type="file" accept="image/png,image/jpeg,image/gif,image/webp,image/bmp" node_ref=input on:change=chosen />
            </div>
            <div class="asked-image">
                {move || {
                    let address = shown.get();
                    (!address.is_empty()).then(|| view! {
                        <img src=address alt=t!("The image that was asked about") width="128" height="128" />
                    })
                }}
                {move || outcome(answer.get(), target.clone(), task)}
            </div>
            <details class="api">
                <summary>{t!("From a program")}</summary>
                <pre dir="ltr">
                    {format!(
                        "printf '{{\"rows\": [{{\"{name}\": \"%s\"}}]}}' \"$(base64 < photo.jpg | tr -d '\\n')\" | \\\n  curl -H 'Authorization: Bearer <token>' -H 'Content-Type: application/json' \\\n  -d @- <server>/api/models/{id}/predict",
                    )}
                </pre>
            </details>
        </section>
    }
}

/// The bytes of a file as `data:<type>;base64,<bytes>`.
async fn data_address(file: &File) -> Result<String, UiError> {
    let unreadable = |_| UiError(domain::ApiError::field("image", marked!("This file cannot be read.")));
    let reader = FileReader::new().map_err(unreadable)?;
    let read = Promise::new(&mut |resolve, reject| {
        reader.set_onload(Some(&resolve));
        reader.set_onerror(Some(&reject));
    });
    reader.read_as_data_url(file).map_err(unreadable)?;
    JsFuture::from(read).await.map_err(unreadable)?;
    reader.result().map_err(unreadable)?.as_string().ok_or(wasm_bindgen::JsValue::NULL).map_err(unreadable)
}
