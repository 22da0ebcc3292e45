//! One dataset: what its columns hold, and its first rows.

use domain::{
    DatasetId,
    dataset::{ColumnProfile, DatasetFormat, DatasetView, NumericSummary, Preview},
};
use leptos::{form::ActionForm, prelude::*};
use leptos_meta::Title;
use leptos_router::{components::A, hooks::use_params_map};

use super::dataset_images::Images;
use crate::{
    api::{
        datasets::{DatasetDetail, DeleteDataset, get_dataset},
        error::UiError,
    },
    components::{
        error::{FormAlert, FormError},
        format,
        loaded::loaded,
        share::{Owner, Share, Shares, use_shares},
        toast::say_when_done,
    },
    language::{in_language, said, translate},
};

#[component]
pub fn DatasetPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default().parse::<DatasetId>().ok());
    let resource = Resource::new_blocking(
        move || id.get(),
        |id| async move {
            match id {
                Some(id) => get_dataset(id).await,
                None => Err(UiError(domain::ApiError::not_found("dataset"))),
            }
        },
    );
    let shares = use_shares(Memo::new(move |_| id.get().map(|id| id.0)));
    in_language(move || loaded(resource, marked!("Dataset"), move |detail| view! { <Content detail shares /> }))
}

#[component]
fn Content(detail: DatasetDetail, shares: Shares) -> impl IntoView {
    let DatasetDetail { dataset, preview } = detail;
    let id = dataset.id;
    let facts = format!(
        "{} · {} · {} · {}",
        format::counted(dataset.profile.rows, t!("row"), t!("rows")),
        format::counted(dataset.profile.columns.len() as u64, t!("column"), t!("columns")),
        format::bytes(dataset.size_bytes),
        if dataset.sample { t!("sample").to_owned() } else { format::moment(dataset.created_at) }
    );
    let warnings: Vec<String> = dataset
        .profile
        .warnings
        .iter()
        .map(|problem| match &problem.column {
            Some(column) => t!("Column {column}: {problem}", column = column, problem = said(&problem.message)),
            None => said(&problem.message),
        })
        .collect();
    let (name, deleted) = (dataset.name.clone(), dataset.name.clone());
    view! {
        <Title text=name.clone() />
        <div class="head">
            <div>
                <h1><bdi>{name}</bdi></h1>
                <p class="sub">{facts} " " <Owner shares /></p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/api/datasets/{id}/download") download rel="external">
                    {t!("Download")}
                </a>
                <Share shares meaning=t!("Whoever sees a dataset may train on it.") />
                <A href=format!("/train?dataset={id}") attr:class="button primary">{t!("Train on this")}</A>
            </div>
        </div>
        {(!warnings.is_empty()).then(|| view! {
            <ul class="warnings">{warnings.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}</ul>
        })}
        <h2>{t!("Columns")}</h2>
        <Columns dataset=dataset.clone() />
        <h2>{t!("First rows")}</h2>
        {if dataset.format == DatasetFormat::Images {
            view! { <Images id preview /> }.into_any()
        } else {
            view! { <Rows preview /> }.into_any()
        }}
        <p class="sub hash" translate="no">"SHA-256 " <code dir="ltr">{dataset.sha256.clone()}</code></p>
        {shares.allowed(move |allowed| {
            let name = deleted.clone();
            allowed.can_share.then(|| view! { <Delete id name /> }).into_any()
        })}
    }
}

#[component]
fn Columns(dataset: DatasetView) -> impl IntoView {
    let rows = dataset.profile.rows;
    let target = dataset.profile.suggested_target.clone();
    let columns = dataset.profile.columns.into_iter().map(move |column| {
        let is_target = target.as_deref() == Some(column.name.as_str());
        let missing = if column.missing == 0 {
            "–".to_owned()
        } else {
            format!("{} ({})", format::count(column.missing), format::share(column.missing as f64 / rows.max(1) as f64))
        };
        view! {
            <tr>
                <th scope="row">
                    <bdi>{column.name.clone()}</bdi>
                    {is_target.then(|| view! { <span class="tag">{t!("likely target")}</span> })}
                </th>
                <td>{translate(column.kind.as_str())}</td>
                <td class="number">{missing}</td>
                <td class="number wide">{format::count(column.unique)}</td>
                <td>{values(&column)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=t!("Columns")>
            <table class="columns">
                <thead>
                    <tr>
                        <th scope="col">{t!("Name")}</th>
                        <th scope="col">{t!("Type")}</th>
                        <th scope="col" class="number">{t!("Missing")}</th>
                        <th scope="col" class="number wide">{t!("Distinct")}</th>
                        <th scope="col">{t!("Values")}</th>
                    </tr>
                </thead>
                <tbody>{columns.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Range and shape of numbers, or the most frequent words.
fn values(column: &ColumnProfile) -> AnyView {
    if let Some(numbers) = &column.numeric {
        let text = t!(
            "{min} to {max}, mean {mean} ± {deviation}",
            min = format::number(numbers.min),
            max = format::number(numbers.max),
            mean = format::number(numbers.mean),
            deviation = format::number(numbers.std)
        );
        return view! { <span class="values"><Histogram numbers=numbers.clone() />{text}</span> }.into_any();
    }
    let words: Vec<String> = column
        .top
        .iter()
        .take(4)
        .map(|top| {
            let value: String = top.value.chars().take(30).collect();
            t!("{value} ({count})", value = value, count = format::count(top.count))
        })
        .collect();
    if words.is_empty() {
        return "–".into_any();
    }
    let more = if column.unique > 4 { t!(", …") } else { "" };
    format!("{}{more}", words.join(t!(", "))).into_any()
}

#[component]
fn Histogram(numbers: NumericSummary) -> impl IntoView {
    let highest = numbers.histogram.iter().copied().max().unwrap_or(1).max(1) as f64;
    let width = 100.0 / numbers.histogram.len().max(1) as f64;
    let bars = numbers.histogram.iter().enumerate().map(|(at, count)| {
        let height = *count as f64 / highest * 24.0;
        view! {
            <rect x=format!("{:.2}", at as f64 * width) y=format!("{:.2}", 24.0 - height) width=format!("{:.2}", width * 0.86) height=format!("{height:.2}")></rect>
        }
    });
    view! { <svg class="histogram" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">{bars.collect_view()}</svg> }
}

#[component]
fn Rows(preview: Preview) -> impl IntoView {
    let head = preview.columns.into_iter().map(|name| view! { <th scope="col"><bdi>{name}</bdi></th> });
    let rows = preview.rows.into_iter().map(|row| {
        let cells = row.into_iter().map(|cell| {
            let missing = cell.is_empty();
            let shown: String = cell.chars().take(80).collect();
            view! { <td class:missing=missing><bdi>{if missing { "–".to_owned() } else { shown }}</bdi></td> }
        });
        view! { <tr>{cells.collect_view()}</tr> }
    });
    view! {
        <div class="table-scroll" tabindex="0" role="group" aria-label=t!("First rows")>
            <table class="preview">
                <thead><tr>{head.collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

#[component]
fn Delete(id: DatasetId, name: String) -> impl IntoView {
    let delete = ServerAction::<DeleteDataset>::new();
    say_when_done(delete, move || t!("Dataset {name} deleted.", name = name));
    view! {
        <details class="danger">
            <summary>{t!("Delete dataset")}</summary>
            <p>{t!("The file goes; jobs and models that were trained on it stay.")}</p>
            <ActionForm action=delete>
                <input type="hidden" name="id" value=id.to_string() />
                <button class="button dangerous" type="submit">{t!("Yes, delete")}</button>
            </ActionForm>
            <FormAlert error=FormError::of(delete) />
        </details>
    }
}
