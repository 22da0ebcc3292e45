//! The training form. Only the dataset must be chosen; everything else has a good default.

use domain::{ExperimentId, dataset::DatasetView, job::Device, model::ModelView};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{
    components::{A, Form},
    hooks::{use_navigate, use_query_map},
};

use super::{
    train_fields::{Advanced, Basics},
    train_from::{StartsFrom, has_columns},
    train_summary::{TrainSummary, use_typed},
    train_wrong::Wrong,
};
use crate::{
    api::{
        datasets::list_datasets,
        error::UiError,
        experiments::experiment_names,
        jobs::{SubmitJob, list_devices},
        models::get_model,
        train_form::TrainForm,
    },
    components::{error::FormError, field::Field, loaded::loaded},
    language::in_language,
    return_to::encode_component,
};

#[component]
pub fn Train() -> impl IntoView {
    // What is wrong with the form stays when it is shown in another language.
    let submit = ServerAction::<SubmitJob>::new();
    let query = use_query_map();
    let from = Memo::new(move |_| query.with(|query| query.get("from")).filter(|from| !from.is_empty()));
    let resource = Resource::new_blocking(
        move || from.get(),
        |from| async move {
            let model = match from {
                Some(id) => {
                    let id = id.parse().map_err(|_| UiError(domain::ApiError::not_found("model")))?;
                    Some(get_model(id).await?)
                }
                None => None,
            };
            Ok((list_datasets().await?, list_devices().await?, model, experiment_names().await?))
        },
    );
    in_language(move || {
        view! {
            <Title text=t!("Train") />
            <div class="head"><h1>{t!("Train a model")}</h1></div>
            {loaded(resource, marked!("Datasets"), move |(datasets, devices, model, experiments)| {
                view! { <Content datasets devices model experiments submit /> }
            })}
        }
    })
}

#[component]
fn Content(
    datasets: Vec<DatasetView>,
    devices: Vec<Device>,
    /// What the job begins with.
    model: Option<ModelView>,
    /// Those that it can be put into.
    experiments: Vec<(ExperimentId, String)>,
    submit: ServerAction<SubmitJob>,
) -> impl IntoView {
    let experiments = StoredValue::new(experiments);
    let (from, devices) = (StoredValue::new(model), StoredValue::new(devices));
    let query = use_query_map();
    let datasets = StoredValue::new(datasets);
    // By id or by name; the first one when nothing is chosen.
    let chosen = Memo::new(move |_| {
        let asked = query.with(|query| query.get("dataset")).unwrap_or_default();
        datasets.with_value(|all| {
            let named = all.iter().find(|dataset| dataset.id.to_string() == asked || dataset.name == asked);
            // That which a model can learn from, where it begins with one.
            let fits = || {
                from.with_value(|from| all.iter().find(|one| from.as_ref().is_some_and(|from| has_columns(one, from))))
            };
            named.or_else(fits).or_else(|| all.first()).cloned()
        })
    });
    // Empty until the browser has taken over: without it every column can be a feature or the target.
    let target = RwSignal::new(String::new());
    let model = RwSignal::new(String::new());
    let error = FormError::of(submit);
    let navigate = use_navigate();
    let experiment = move || {
        let chosen = query.with_untracked(|query| query.get("experiment")).filter(|id| !id.is_empty());
        chosen.map(|id| format!("&experiment={}", encode_component(&id))).unwrap_or_default()
    };
    let show = move |id: String| {
        let model = from.with_value(|from| from.as_ref().map(|from| format!("&from={}", from.id))).unwrap_or_default();
        navigate(
            &format!("/train?dataset={id}{model}{}", experiment()),
            leptos_router::NavigateOptions { scroll: false, ..Default::default() },
        );
    };
    let choose = {
        let show = show.clone();
        move |event| show(event_target_value(&event))
    };
    // Chosen before the browser had taken over: nobody heard it, but the list shows it.
    let list = NodeRef::<leptos::html::Select>::new();
    Effect::new(move |_| {
        let Some(picked) = list.get().map(|list| list.value()) else { return };
        let shown = chosen.get_untracked().map(|dataset| dataset.id.to_string());
        if !picked.is_empty() && shown.is_some_and(|shown| shown != picked) {
            show(picked);
        }
    });
    let options = move || {
        let now = chosen.get().map(|dataset| dataset.id);
        let option = |dataset: &DatasetView| {
            let (id, name) = (dataset.id, dataset.name.clone());
            view! { <option value=id.to_string() translate="no" selected=now == Some(id)>{name}</option> }
        };
        datasets.with_value(|all| {
            let own: Vec<_> = all.iter().filter(|dataset| !dataset.sample).map(option).collect();
            let samples: Vec<_> = all.iter().filter(|dataset| dataset.sample).map(option).collect();
            view! {
                {(!own.is_empty()).then(|| view! { <optgroup label=t!("Your datasets")>{own}</optgroup> })}
                <optgroup label=t!("Samples")>{samples}</optgroup>
            }
        })
    };
    view! {
        <div class="train-form">
            // A form of its own, so that another dataset can be chosen without JavaScript.
            <Form method="GET" action="/train" attr:class="form choose">
                <Field label=t!("Dataset") for_id="dataset" error=error.field("dataset")>
                    <div class="row">
                        <select id="dataset" name="dataset" node_ref=list on:change=choose>{options}</select>
                        <button class="button no-script" type="submit">{t!("Show columns")}</button>
                    </div>
                </Field>
                {query.with_untracked(|query| query.get("experiment")).map(|id| view! { <input type="hidden" name="experiment" value=id /> })}
                {from.get_value().map(|from| view! { <input type="hidden" name="from" value=from.id.to_string() /> })}
            </Form>
            {move || {
                chosen.get().map(|dataset| {
                    let id = dataset.id.to_string();
                    let start_from = from.with_value(|from| from.as_ref().map(|from| from.id.to_string()));
                    let first = TrainForm {
                        dataset: id.clone(),
                        start_from: start_from.unwrap_or_default(),
                        ..TrainForm::default()
                    };
                    let (typed, on_input) = use_typed(first);
                    view! {
                        <ActionForm action=submit attr:class="form" attr:novalidate=true on:input=on_input>
                            <input type="hidden" name="dataset" value=id />
                            {match from.get_value() {
                                Some(from) => view! { <StartsFrom model=from dataset=dataset.clone() error /> }.into_any(),
                                None => view! { <Basics dataset=dataset.clone() target model error /> }.into_any(),
                            }}
                            <Advanced dataset target model error devices=devices.get_value() from=from.get_value() />
                            <Belongs experiments=experiments.get_value() error />
                            <TrainSummary form=typed />
                            <Wrong submit error model />
                            <button class="button primary large" type="submit" disabled=submit.pending()>
                                {t!("Start training")}
                            </button>
                        </ActionForm>
                    }
                })
            }}
            <p class="aside">{t!("Another table?")} " " <A href="/datasets">{t!("Upload it first")}</A> "."</p>
        </div>
    }
}

/// Where the job belongs, and its tags. The address may have chosen an experiment.
#[component]
fn Belongs(experiments: Vec<(ExperimentId, String)>, error: FormError) -> impl IntoView {
    let asked = use_query_map().with_untracked(|query| query.get("experiment")).unwrap_or_default();
    let options = experiments.into_iter().map(|(id, name)| {
        let id = id.to_string();
        let selected = id == asked;
        view! { <option value=id selected=selected translate="no">{name}</option> }
    });
    let options = options.collect_view();
    view! {
        <div class="columns-2">
            <Field label=t!("Experiment") for_id="experiment_id" error=error.field("experiment_id")>
                <select id="experiment_id" name="experiment_id">
                    <option value="">{t!("None")}</option>
                    {options}
                </select>
            </Field>
            <Field label=t!("Tags") for_id="tags" error=error.field("tags")>
                <input id="tags" name="tags" type="text" dir="auto" placeholder=t!("With commas between them") />
            </Field>
        </div>
    }
}
