//! Language and theme: the choices of the menus above, in the open.

use leptos::prelude::*;

use crate::components::{
    look_menus::{LanguageChoices, ThemeChoices},
    part::Part,
};

#[component]
pub fn LookPart() -> impl IntoView {
    view! {
        <Part id="look" title=t!("Look") about=t!("Of the pages in this browser.")>
            <div class="choice-line">
                <h3>{t!("Language")}</h3>
                <div class="choices" role="group" aria-label=t!("Language")><LanguageChoices /></div>
            </div>
            <div class="choice-line">
                <h3>{t!("Theme")}</h3>
                <div class="choices" role="group" aria-label=t!("Theme")><ThemeChoices /></div>
            </div>
        </Part>
    }
}
