//! The controls above a comparison. What they say is in the address, so that it can be sent to somebody and comes back with
//! the back button; without JavaScript there is a button.

use std::collections::BTreeSet;

use domain::{comparison::Comparison, job::Split};
use leptos::prelude::*;
use leptos_router::{components::Form, hooks::use_query_map, params::ParamsMap};

use crate::{
    components::{
        chart::Along,
        compare::{Choice, parameters_of, split_name},
        field::form_of,
        format,
    },
    language::translate,
};

/// Of more than these nobody finds one by scrolling: it is typed, and the browser finds it.
const MOST_LISTED: usize = 100;

/// What the address says.
pub fn use_choice() -> Memo<Choice> {
    let query = use_query_map();
    Memo::new(move |_| query.with(read))
}

fn read(query: &ParamsMap) -> Choice {
    let of = |name: &str| query.get(name).unwrap_or_default();
    let metric = Some(of("metric")).filter(|metric| !metric.is_empty()).unwrap_or_else(|| "loss".to_owned());
    Choice {
        metric,
        split: Split::parse(&of("split")).unwrap_or(Split::Validation),
        along: Along::parse(&of("along")),
        logarithmic: of("log") == "on",
        parameter: of("parameter"),
        result: of("result"),
    }
}

/// `kept` is what else is in the address: its name and value.
#[component]
pub fn Controls(
    choice: Memo<Choice>,
    comparison: Signal<Comparison>,
    /// Names of what the jobs have measured.
    metrics: Vec<String>,
    kept: Vec<(&'static str, String)>,
) -> impl IntoView {
    let now = choice.get_untracked();
    let mut metrics: BTreeSet<String> = metrics.into_iter().collect();
    metrics.extend(["loss".to_owned(), now.metric.clone()]);
    let parameters = comparison.with_untracked(|comparison| parameters_of(&comparison.jobs));
    let submit = |event: web_sys::Event| {
        if let Some(form) = form_of(&event) {
            // A form that cannot be sent has the browser say why.
            let _ = form.request_submit();
        }
    };
    let named = |name: &String| (name.clone(), format::metric_name(name));
    let any = |text: &str| std::iter::once((String::new(), text.to_owned()));
    let splits = [Split::Train, Split::Validation, Split::Test]
        .map(|split| (split.as_str().to_owned(), format::capitalised(split_name(split))));
    // None: what is one of the metrics is typed, of which there is one list.
    let typed = metrics.len() > MOST_LISTED;
    let of_metrics = |first: Option<&str>| {
        let all = first.into_iter().flat_map(any).chain(metrics.iter().map(named));
        (!typed).then(|| all.collect::<Vec<_>>())
    };
    let fields = [
        ("metric", t!("Curves of"), of_metrics(None)),
        ("split", t!("On"), Some(splits.into())),
        (
            "along",
            t!("Along"),
            Some(
                Along::ALL.into_iter().map(|(_, name, label)| (name.to_owned(), translate(label).to_owned())).collect(),
            ),
        ),
        ("result", t!("Result"), of_metrics(Some(t!("Headline metric")))),
        (
            "parameter",
            t!("Parameter"),
            Some(
                any(t!("First that differs"))
                    .chain(parameters.iter().map(|name| (name.clone(), name.clone())))
                    .collect(),
            ),
        ),
    ];
    let fields = fields.map(|(name, label, options)| {
        let chosen = of(&now, name);
        let id = format!("compare-{name}");
        let shown = move || choice.with(|choice| of(choice, name));
        let control = if let Some(options) = options {
            let options = options.into_iter().map(|(value, label)| {
                let selected = value == chosen;
                view! { <option value=value selected=selected translate="no">{label}</option> }
            });
            let options = options.collect_view();
            view! { <select id=id.clone() name=name prop:value=shown on:change=submit>{options}</select> }.into_any()
        } else {
            let placeholder = if name == "result" { t!("Headline metric") } else { "" };
            view! {
                <input
                    id=id.clone()
                    name=name
                    list="compare-metrics"
                    dir="ltr"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder=placeholder
                    prop:value=shown
                    value=chosen
                    on:change=submit
                />
            }
            .into_any()
        };
        view! {
            <div class="compare-field">
                <label for=id>{label}</label>
                {control}
            </div>
        }
    });
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value /> });
    view! {
        <Form method="GET" action="" attr:class="compare-controls">
            {kept.collect_view()}
            {fields.into_iter().collect_view()}
            {typed.then(|| {
                let options = metrics.into_iter().map(|name| view! { <option value=name></option> });
                view! { <datalist id="compare-metrics">{options.collect_view()}</datalist> }
            })}
            <label class="check compare-log">
                <input type="checkbox" name="log" value="on" checked=now.logarithmic prop:checked=move || choice.with(|choice| choice.logarithmic) on:change=submit />
                {t!("Log scale")}
            </label>
            <button class="button no-script" type="submit">{t!("Show")}</button>
        </Form>
    }
}

/// What a choice has under the name of a field.
fn of(choice: &Choice, field: &str) -> String {
    match field {
        "metric" => choice.metric.clone(),
        "split" => choice.split.as_str().to_owned(),
        "along" => choice.along.as_str().to_owned(),
        "result" => choice.result.clone(),
        _ => choice.parameter.clone(),
    }
}
