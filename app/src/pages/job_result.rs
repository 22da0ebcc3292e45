//! How good the model of a completed job is, beside the baseline, with its evaluation report.

use domain::{JobId, job::JobState};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    api::models::get_model,
    components::report::{Measured, comparison, figures},
    live::JobFeed,
};

#[component]
pub fn JobResult(id: JobId, feed: JobFeed) -> impl IntoView {
    let done = Memo::new(move |_| {
        feed.status.with(|status| {
            (status.status == JobState::Completed).then(|| (status.model_id, Measured::of_job(&status.metrics)))
        })
    });
    let model = Resource::new_blocking(
        move || done.get().and_then(|(model, _)| model),
        |id| async move {
            match id {
                Some(id) => get_model(id).await.map(Some),
                None => Ok(None),
            }
        },
    );
    move || {
        done.get().map(|(model_id, rows)| {
            let rows = StoredValue::new(rows);
            let table = move |rows: Vec<Measured>| view! { <div class="card">{comparison(rows)}</div> };
            view! {
                <section class="result" aria-label=t!("Result")>
                    <div class="section-head">
                        <h2>{t!("Result on the test rows")}</h2>
                        <p class="row">
                            {model_id.map(|model| view! {
                                <a class="button" href=format!("/api/training/{id}/download") download rel="external">
                                    {t!("Download the bundle")}
                                </a>
                                <A href=format!("/models/{model}") attr:class="button primary">{t!("Use the model")}</A>
                            })}
                        </p>
                    </div>
                    <Transition fallback=move || table(rows.get_value())>
                        {move || Suspend::new(async move {
                            // Where the model is gone, or cannot be had, what the job measured is still known.
                            match model.await {
                                Ok(Some(model)) => view! { {table(Measured::of_model(&model))} {figures(model)} }.into_any(),
                                Ok(None) | Err(_) => table(rows.get_value()).into_any(),
                            }
                        })}
                    </Transition>
                </section>
            }
        })
    }
}
