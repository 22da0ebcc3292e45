//! What stands where nothing is, where something is still to come, and where something went wrong.

use domain::{ErrorCode, job::JobFailure};
use leptos::prelude::*;

use crate::{
    api::error::UiError,
    components::{
        error::{FailureCard, FormAlert, FormError, LoadError},
        loaded::Skeleton,
    },
};

#[component]
pub fn States() -> impl IntoView {
    let tries = RwSignal::new(0);
    let retry = Callback::new(move |()| tries.update(|tries| *tries += 1));
    let refused = Signal::derive(|| Some(UiError::of(ErrorCode::ValidationFailed)));
    let failure = JobFailure::out_of_memory(Some(2 << 30), "epoch 3, step 41".to_owned());
    view! {
        <h2>"Skeleton"</h2>
        <Skeleton />
        <h2>"Empty"</h2>
        <section class="empty">
            <h3>"No jobs yet"</h3>
            <p>"What to do first."</p>
            <p class="row"><a class="button primary" href="/train">"Start the first training"</a></p>
        </section>
        <h2>"Errors"</h2>
        <div class="form">
            <LoadError error=UiError::of(ErrorCode::Unavailable) what="Job" retry />
            <p class="sub">{move || format!("Tried again {} times.", tries.get())}</p>
            <FormAlert error=FormError::new(refused, Signal::from(1)) />
            <FailureCard failure />
            <ul class="warnings"><li>"A column has one value only."</li></ul>
        </div>
        <h2>"Facts and notes"</h2>
        <div class="columns-2">
            <dl class="facts">
                <div><dt>"Optimizer"</dt><dd>"adam"</dd></div>
                <div><dt>"Epochs"</dt><dd>"40"</dd></div>
            </dl>
            <section class="note">
                <p>"A note, with " <strong>"words"</strong> " that count."</p>
                <ul><li>"One"</li><li>"Two"</li></ul>
            </section>
        </div>
    }
}
