//! Uploading, and the list.

use domain::dataset::DatasetView;
use leptos::{html, prelude::*, server::ServerActionError, server_fn::error::ServerFnUrlError};
use leptos_meta::Title;
use leptos_router::{NavigateOptions, components::A, hooks::use_navigate};

use crate::{
    api::{
        datasets::{UPLOAD_PATH, page_of_datasets, upload_dataset},
        error::UiError,
        list_page::ListPage,
    },
    components::{
        error::{FormAlert, FormError},
        field::Field,
        format,
        list_pages::{ListPages, use_cursor},
        loaded::loaded,
    },
    language::in_language,
};

#[component]
pub fn Datasets() -> impl IntoView {
    let cursor = use_cursor();
    let resource = Resource::new_blocking(move || cursor.get(), page_of_datasets);
    let upload = Sending::new();
    in_language(move || {
        view! {
            <Title text=t!("Datasets") />
            <div class="head"><h1>{t!("Datasets")}</h1></div>
            <Upload upload />
            {loaded(resource, marked!("Datasets"), |page| view! { <List page /> })}
        }
    })
}

/// A file on its way, and how the last one ended: it goes on in another language. An `Action` would tie the server's page to one
/// thread, because a browser's `FormData` is.
#[derive(Clone, Copy)]
struct Sending {
    sending: RwSignal<bool>,
    attempts: RwSignal<usize>,
    failed: RwSignal<Option<UiError>>,
}

impl Sending {
    fn new() -> Self {
        Self { sending: RwSignal::new(false), attempts: RwSignal::new(0), failed: RwSignal::new(None) }
    }
}

/// The form goes to the server as it is without JavaScript; with it, it is sent in the background.
#[component]
fn Upload(upload: Sending) -> impl IntoView {
    let Sending { sending, attempts, failed } = upload;
    // Without JavaScript the error comes with the address; a `ServerAction` would read it, but cannot carry a file.
    let before = use_context::<ServerActionError>()
        .filter(|error| error.path() == UPLOAD_PATH)
        .map(|error| ServerFnUrlError::<UiError>::decode_err(error.err()));
    let last = move || if attempts.get() == 0 { before.clone() } else { failed.get() };
    let error = FormError::new(Signal::derive(last), attempts.into());
    let form = NodeRef::<html::Form>::new();
    let navigate = use_navigate();
    let send = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        // Fails only for something that is no form.
        let data = form.get().and_then(|form| web_sys::FormData::new_with_form(&form).ok());
        let Some(data) = data.filter(|_| !sending.get_untracked()) else { return };
        sending.set(true);
        let navigate = navigate.clone();
        leptos::task::spawn_local(async move {
            let outcome = upload_dataset(data).await;
            // The page may be gone by now, and with it the wish to see another.
            if sending.try_set(false).is_some() {
                return;
            }
            attempts.update(|attempts| *attempts += 1);
            match outcome {
                Ok(dataset) => navigate(&format!("/datasets/{}", dataset.id), NavigateOptions::default()),
                Err(error) => failed.set(Some(error)),
            }
        });
    };
    view! {
        <form
            class="form upload"
            node_ref=form
            method="POST"
            action=UPLOAD_PATH
            enctype="multipart/form-data"
            on:submit=send
        >
            <h2>{t!("Upload a dataset")}</h2>
            <p class="sub">{t!("CSV, TSV, JSONL, or a zip with one folder of images for each class.")}</p>
            <div class="upload-fields">
                <Field label=t!("File") for_id="file" error=error.field("file")>
                    <input id="file" name="file" type="file" accept=".csv,.tsv,.tab,.jsonl,.ndjson,.gz,.zip" required />
                </Field>
                <Field label=t!("Name") for_id="dataset-name" error=error.field("name")>
                    <input
                        id="dataset-name"
                        name="name"
                        type="text"
                        dir="auto"
                        maxlength="200"
                        placeholder=t!("That of the file")
                    />
                </Field>
                <button class="button primary" type="submit" disabled=sending>
                    {move || if sending.get() { t!("Uploading") } else { t!("Upload") }}
                </button>
            </div>
            <FormAlert error />
        </form>
    }
}

#[component]
fn List(page: ListPage<DatasetView>) -> impl IntoView {
    let ListPage { items, beside } = page;
    let (samples, own): (Vec<_>, Vec<_>) = items.into_iter().partition(|dataset| dataset.sample);
    // The samples come last, on whichever page that is.
    let own = (!own.is_empty() || beside.newer.is_none()).then(|| {
        let table = if own.is_empty() {
            view! { <p class="empty-line">{t!("None yet. Upload a file above, or try a sample below.")}</p> }.into_any()
        } else {
            view! { <Table datasets=own /> }.into_any()
        };
        view! {
            <h2>{t!("Your datasets")}</h2>
            {table}
        }
    });
    let samples = (!samples.is_empty()).then(|| {
        view! {
            <h2>{t!("Samples")}</h2>
            <Table datasets=samples />
        }
    });
    view! {
        {own}
        {samples}
        <ListPages beside />
    }
}

#[component]
fn Table(datasets: Vec<DatasetView>) -> impl IntoView {
    let rows = datasets.into_iter().map(|dataset| {
        let target = dataset.profile.suggested_target.clone().unwrap_or_else(|| "–".to_owned());
        view! {
            <tr>
                <td><A href=format!("/datasets/{}", dataset.id)><bdi>{dataset.name}</bdi></A></td>
                <td class="number">{format::count(dataset.profile.rows)}</td>
                <td class="number">{format::count(dataset.profile.columns.len() as u64)}</td>
                <td class="wide"><bdi>{target}</bdi></td>
                <td class="number wide">{format::bytes(dataset.size_bytes)}</td>
                <td class="wide">{format::moment(dataset.created_at)}</td>
            </tr>
        }
    });
    view! {
        <div class="table-scroll">
            <table>
                <thead>
                    <tr>
                        <th scope="col">{t!("Name")}</th>
                        <th scope="col" class="number">{t!("Rows")}</th>
                        <th scope="col" class="number">{t!("Columns")}</th>
                        <th scope="col" class="wide">{t!("Likely target")}</th>
                        <th scope="col" class="number wide">{t!("Size")}</th>
                        <th scope="col" class="wide">{t!("Added")}</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
