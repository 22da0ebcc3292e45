//! The field of one input of a model.

use std::collections::BTreeMap;

use domain::model::Feature;
use leptos::prelude::*;

use super::PREFIX;
use crate::{
    components::{field::Field, format},
    language::said,
};

/// Choices that a list is made of; of more, any word can be typed.
const FEW: usize = 64;

#[component]
pub(super) fn Input(feature: Feature, typed: String, wrong: Memo<BTreeMap<String, String>>) -> impl IntoView {
    let name = feature.name().to_owned();
    let id = format!("in-{name}");
    let key = format!("rows[0].{name}");
    let error = Signal::derive(move || wrong.with(|wrong| wrong.get(&key).map(|why| said(why))));
    match feature {
        Feature::Text { max_tokens, .. } => {
            let hint = t!("The first {n} words are read.", n = format::digits(max_tokens.to_string()));
            view! {
                <Field label=name.clone() for_id=id.clone() hint error>
                    <textarea id=id name=format!("{PREFIX}{name}") dir="auto" rows="6">{crate::components::textarea::content(typed)}</textarea>
                </Field>
            }
            .into_any()
        }
        // Not in this form: see `PredictImage`.
        Feature::Image { .. } => ().into_any(),
        Feature::Numeric { min, max, mean, .. } => {
            let hint = t!("{min} to {max}", min = format::number(min), max = format::number(max));
            view! {
                <Field label=name.clone() for_id=id.clone() hint error>
                    <input
                        id=id
                        name=format!("{PREFIX}{name}")
                        inputmode="decimal"
                        dir="ltr"
                        value=typed
                        placeholder=format::number(mean)
                    />
                </Field>
            }
            .into_any()
        }
        // Of many words only the most frequent are known here.
        Feature::Categorical { choices, .. } if choices.len() > FEW => {
            let list = format!("{id}-words");
            let options: Vec<_> = choices.into_iter().map(|choice| view! { <option value=choice></option> }).collect();
            view! {
                <Field label=name.clone() for_id=id.clone() error>
                    <input
                        id=id
                        name=format!("{PREFIX}{name}")
                        dir="auto"
                        value=typed
                        list=list.clone()
                        placeholder=t!("(unknown)")
                    />
                    <datalist id=list>{options}</datalist>
                </Field>
            }
            .into_any()
        }
        Feature::Categorical { choices, .. } => {
            let options = choices.into_iter().map(move |choice| {
                let (value, chosen) = (choice.clone(), choice == typed);
                view! { <option value=value selected=chosen translate="no">{choice}</option> }
            });
            view! {
                <Field label=name.clone() for_id=id.clone() error>
                    <select id=id name=format!("{PREFIX}{name}")>
                        <option value="">{t!("(unknown)")}</option>
                        {options.collect_view()}
                    </select>
                </Field>
            }
            .into_any()
        }
    }
}
