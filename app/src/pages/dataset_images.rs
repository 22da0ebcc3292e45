//! The first images of a dataset, with their labels.

use domain::{DatasetId, dataset::Preview};
use leptos::prelude::*;

#[component]
pub fn Images(id: DatasetId, preview: Preview) -> impl IntoView {
    let images = preview.rows.into_iter().enumerate().map(move |(row, cells)| {
        let mut cells = cells.into_iter();
        let (name, label) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let about = t!("{label}: {name}", label = label, name = name);
        view! {
            <li>
                <img src=format!("/api/datasets/{id}/images/{row}") alt=about width="96" height="96" loading="lazy" />
                <span dir="auto">{label}</span>
            </li>
        }
    });
    view! { <ul class="pictures">{images.collect_view()}</ul> }
}
