//! A progress bar. An SVG, because the page's security policy allows no inline style.

use leptos::prelude::*;

#[component]
pub fn ProgressBar(
    /// 0 to 100.
    #[prop(into)]
    percent: Signal<f64>,
    #[prop(into)] label: String,
    /// Something is going on.
    #[prop(into)]
    active: Signal<bool>,
) -> impl IntoView {
    view! {
        <div
            class="progress"
            class:active=active
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || format!("{:.0}", percent.get())
        >
            <svg width="100%" height="100%" aria-hidden="true">
                <rect class="progress-fill" width=move || format!("{:.2}%", percent.get().clamp(0.0, 100.0)) height="100%"></rect>
            </svg>
        </div>
    }
}
