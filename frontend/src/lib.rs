//! The WebAssembly entry point: makes the page that the server rendered come alive.

#[cfg(feature = "hydrate")]
mod crash;

/// Called by the script at the end of the document.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    crash::reload_after_panics();
    leptos::mount::hydrate_lazy(app::App);
}
