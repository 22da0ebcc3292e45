//! The first images of a dataset, with their labels.

use domain::{DatasetId, dataset::Preview};
use leptos::prelude::*;

#[component]
pub fn Images(id: DatasetId, preview: Preview) -> impl IntoView {
    let images = preview.rows.into_iter().enumerate().map(move |(row, cells)| {
        let mut cells = cells.into_iter();
        let (name, label) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        view! {
            <li>
                <img src=format!("/api/datasets/{id}/images/{row}") alt=format!("{label}: {name}") width="96" height="96" loading="lazy" />
                <span>{label}</span>
            </li>
        }
    });
    view! { <ul class="pictures">{images.collect_view()}</ul> }
}
