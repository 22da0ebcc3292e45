//! What the training form says when a job begins with a model.

use domain::{
    dataset::DatasetView,
    model::{Feature, ModelView},
};
use leptos::prelude::*;
use leptos_router::components::A;

use crate::{
    components::{error::FormError, format},
    language::said_all,
};

/// Whether a dataset has every column of a model.
pub fn has_columns(dataset: &DatasetView, model: &ModelView) -> bool {
    let has = |name: &str| dataset.profile.column(name).is_some();
    has(&model.info.target) && model.info.features.iter().all(|feature| has(feature.name()))
}

/// Instead of the fields that the model decides.
#[component]
pub fn StartsFrom(model: ModelView, dataset: DatasetView, error: FormError) -> impl IntoView {
    let fits = has_columns(&dataset, &model);
    let info = &model.info;
    let names: Vec<&str> = info.features.iter().take(8).map(Feature::name).collect();
    let more = info.features.len().saturating_sub(names.len());
    let (target, features) = (&info.target, names.join(t!(", ")));
    let architecture = said_all(&info.architecture.parts());
    let text = if more > 0 {
        t!(
            "It goes on learning to predict {target} from {features} and {more} more: {model}.",
            target = target,
            features = features,
            more = format::digits(more.to_string()),
            model = architecture
        )
    } else {
        t!(
            "It goes on learning to predict {target} from {features}: {model}.",
            target = target,
            features = features,
            model = architecture
        )
    };
    let missing = (!fits).then(|| {
        view! { <p class="field-error">{t!("This dataset has not all of these columns. Choose another one.")}</p> }
    });
    let scratch = format!("/train?dataset={}", dataset.id);
    view! {
        <div class="starts-from">
            <p>
                {t!("Starts from")} " " <A href=format!("/models/{}", model.id)><bdi>{model.name.clone()}</bdi></A> ". "
                <A href=scratch>{t!("Start from nothing instead")}</A>
            </p>
            <p class="sub">{text}</p>
            <p class="sub">
                {t!(
                    "On the data that it has learned from, seed and split stay what they were, so that no row that it \
                     knows judges it."
                )}
            </p>
            {missing}
            {move || error.field("start_from").get().map(|why| view! { <p class="field-error">{why}</p> })}
        </div>
        <input type="hidden" name="start_from" value=model.id.to_string() />
    }
}
