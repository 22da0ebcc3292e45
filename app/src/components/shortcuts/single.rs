//! Whether single keys are shortcuts. Whoever speaks to their computer, or hits keys by accident, can switch them off:
//! WCAG 2.1.4.

use leptos::prelude::window;
use web_sys::Storage;

/// In the browser's storage while they are off.
const KEY: &str = "athanor-single-keys";

/// They are, unless somebody has said otherwise. Browsers only.
pub fn are_on() -> bool {
    storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).is_none()
}

/// Switches them on or off in this browser.
pub fn switch(on: bool) {
    let Some(storage) = storage() else { return };
    // Where nothing can be stored they stay as they are.
    let _ = if on { storage.remove_item(KEY) } else { storage.set_item(KEY, "off") };
}

fn storage() -> Option<Storage> {
    window().local_storage().ok().flatten()
}
