//! What a page does when its WebAssembly has panicked, or a part of it could not be loaded, as after an update of the
//! server: it would stay there and ignore every click. The server renders every page, so loading it again mends it.

use std::panic;

use leptos::prelude::window;

/// When the page was last loaded again for this, in the tab's own storage.
const KEY: &str = "athanor-crashed-at";
/// A page that crashes again so soon is left as it is: it can still be read.
const PAUSE_MS: u64 = 15_000;

/// Installs the panic hook.
pub(crate) fn reload_after_panics() {
    panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        reload();
    }));
}

fn reload() {
    // Without storage nobody could tell a second crash from the first.
    let Some(storage) = window().session_storage().ok().flatten() else { return };
    // Whole: reading and writing fractions would add 13 kB to what every page loads.
    let now = js_sys::Date::now() as u64;
    let last = storage.get_item(KEY).ok().flatten().and_then(|text| text.parse::<u64>().ok());
    if last.is_none_or(|last| now.saturating_sub(last) > PAUSE_MS) && storage.set_item(KEY, &now.to_string()).is_ok() {
        // What cannot be loaded again stays readable.
        let _ = window().location().reload();
    }
}
