//! A model that answers in this browser: a worker with the models' half of the engine, loaded when somebody wants it.

use std::rc::Rc;

use domain::{
    ApiError, ErrorCode, ModelId,
    model::{Prediction, Row},
};
use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, MessageChannel, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::{INFERENCE, api::error::UiError};

/// It stops with the last of its clones.
#[derive(Clone)]
pub(crate) struct BrowserModel(Rc<Running>);

struct Running(Worker);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.terminate();
    }
}

impl BrowserModel {
    /// Starts the worker, which fetches the model. From then on no server is needed.
    pub(crate) async fn load(id: ModelId) -> Result<Self, UiError> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let address = address().ok_or_else(cannot)?;
        let worker = Worker::new_with_options(&address, &options).map_err(|_| cannot())?;
        let model = Self(Rc::new(Running(worker)));
        model.call("load", &format!("/api/models/{id}/files").into()).await?;
        Ok(model)
    }

    /// As the server answers `POST /api/models/{id}/predict`.
    pub(crate) async fn predict(&self, rows: &[Row]) -> Result<Vec<Prediction>, UiError> {
        let rows = serde_json::to_string(rows).map_err(|_| cannot())?;
        let answer = self.call("predict", &rows.into()).await?;
        answer.as_string().and_then(|text| serde_json::from_str(&text).ok()).ok_or_else(cannot)
    }

    /// A CSV file with predictions at the end of its rows.
    pub(crate) async fn predict_csv(&self, file: &File) -> Result<Blob, UiError> {
        self.call("predict_csv", file).await?.dyn_into().map_err(|_| cannot())
    }

    /// Asks the worker, and waits for what comes back through a port of this call's own.
    async fn call(&self, call: &str, argument: &JsValue) -> Result<JsValue, UiError> {
        let worker = &self.0.0;
        let channel = MessageChannel::new().map_err(|_| cannot())?;
        let answer = Promise::new(&mut |resolve, reject| {
            channel.port1().set_onmessage(Some(&resolve));
            worker.set_onerror(Some(&reject));
        });
        let message = Object::new();
        let set = |key: &str, value: &JsValue| Reflect::set(&message, &key.into(), value).map(|_| ());
        let sent = set("call", &call.into())
            .and_then(|()| set("argument", argument))
            .and_then(|()| worker.post_message_with_transfer(&message, &Array::of1(&channel.port2())));
        sent.map_err(|_| cannot())?;
        // The worker's script could not be loaded.
        let event = JsFuture::from(answer).await.map_err(|_| UiError::of(ErrorCode::Offline));
        channel.port1().close();
        let event = event?;
        let data = event.dyn_into::<MessageEvent>().map_err(|_| cannot())?.data();
        let part = |key: &str| Reflect::get(&data, &key.into()).map_err(|_| cannot());
        match part("refusal")?.as_string() {
            Some(refusal) => Err(serde_json::from_str::<ApiError>(&refusal).map_or_else(|_| cannot(), UiError)),
            None => part("value"),
        }
    }
}

/// What the document says of where the worker is.
fn address() -> Option<String> {
    let found = leptos::prelude::document().query_selector(&format!("meta[name={INFERENCE}]"));
    found.ok().flatten()?.get_attribute("content")
}

fn cannot() -> UiError {
    UiError(ApiError::new(ErrorCode::Internal, "This browser cannot run the model. Switch it off to ask the server."))
}
