//! What the job of the training form would be and take, as it is typed.

use std::time::Duration;

use domain::{ErrorCode, job::Estimate};
use leptos::{form::FromFormData, leptos_dom::helpers::TimeoutHandle, prelude::*};
use leptos_router::components::A;

use crate::{
    api::{error::UiError, jobs::estimate_job, train_form::TrainForm},
    components::{error::refusal, field::form_of, format},
    language::said_all,
};

/// How long nothing is typed before the server is asked.
const PAUSE: Duration = Duration::from_millis(300);

/// The form as it is now, and who hears that something was typed into it.
pub fn use_typed(first: TrainForm) -> (RwSignal<TrainForm>, impl Fn(web_sys::Event) + Copy + Send + Sync + 'static) {
    let form = RwSignal::new(first);
    let last = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(waiting)) = last.try_get_value() {
            waiting.clear();
        }
    };
    on_cleanup(stop);
    let on_input = move |event: web_sys::Event| {
        let data = form_of(&event).and_then(|form| web_sys::FormData::new_with_form(&form).ok());
        let Some(Ok(typed)) = data.map(|data| TrainForm::from_form_data(&data)) else { return };
        stop();
        // How it is called does not matter.
        let typed = TrainForm { name: String::new(), tags: String::new(), experiment_id: String::new(), ..typed };
        let ask = move || {
            if form.try_get_untracked().is_some_and(|before| before != typed) {
                form.set(typed.clone());
            }
        };
        last.set_value(set_timeout_with_handle(ask, PAUSE).ok());
    };
    (form, on_input)
}

#[component]
pub fn TrainSummary(form: RwSignal<TrainForm>) -> impl IntoView {
    let estimate = Resource::new(move || form.get(), estimate_job);
    let content = move || {
        Suspend::new(async move {
            match estimate.await {
                Ok(estimate) => facts(estimate).into_any(),
                Err(error) => wrong(&error).into_any(),
            }
        })
    };
    view! {
        <section class="train-summary" aria-live="polite">
            <h2>{t!("What it takes")}</h2>
            <Transition fallback=|| view! { <div class="skeleton" aria-hidden="true"><i></i><i></i></div> }>{content}</Transition>
        </section>
    }
}

fn facts(Estimate { params, train_rows, parameters, memory_bytes, seconds, like }: Estimate) -> impl IntoView {
    let rows = format::counted(train_rows, t!("row to learn from"), t!("rows to learn from"));
    let epochs = format::counted(u64::from(params.epochs), t!("epoch"), t!("epochs"));
    let trained = match params.folds {
        Some(folds) => {
            t!("{rows}, at most {epochs}, {n} folds", rows = rows, epochs = epochs, n = format::count(u64::from(folds)))
        }
        None => t!("{rows}, at most {epochs}", rows = rows, epochs = epochs),
    };
    let numbers = format::counted(parameters, t!("parameter"), t!("parameters"));
    let time = match (seconds, like) {
        (Some(seconds), Some(like)) => view! {
            {t!("At most about {time}, by", time = format::duration(seconds))} " "
            <A href=format!("/jobs/{like}")>{t!("the last job like it")}</A>
        }
        .into_any(),
        _ => t!("Not known before the first job like it").into_any(),
    };
    view! {
        <dl class="facts">
            <div><dt>{t!("Model")}</dt><dd>{said_all(&params.model.parts())} " · " {numbers}</dd></div>
            <div><dt>{t!("Training")}</dt><dd>{trained}</dd></div>
            <div><dt>{t!("Memory")}</dt><dd>{t!("About {size}", size = format::bytes(memory_bytes))}</dd></div>
            <div><dt>{t!("Time")}</dt><dd>{time}</dd></div>
        </dl>
    }
}

/// What keeps it from being submitted. That the server cannot be reached is said when it is sent.
fn wrong(error: &UiError) -> impl IntoView + use<> {
    let known = error.0.code != ErrorCode::Offline;
    known.then(|| view! { <p class="sub">{t!("Not yet.")} " " {refusal(error)}</p> })
}
