//! What differs where there is no script, and before it comes.

use leptos::prelude::*;

/// Whether a script has taken over. The server says no, and so does the first look of a browser, so that both say the same.
pub fn scripted() -> RwSignal<bool> {
    let ready = RwSignal::new(false);
    Effect::new(move |_| ready.set(true));
    ready
}
