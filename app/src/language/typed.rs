//! What somebody has typed, chosen and opened on a page, kept while its views are made anew.

use std::collections::HashMap;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, EventInit, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

/// State of the controls in the order of the document, and of what can be opened.
pub struct Typed {
    controls: Vec<Control>,
    open: Vec<bool>,
}

#[derive(Clone, PartialEq)]
struct Control {
    name: String,
    value: String,
    checked: bool,
}

impl Typed {
    /// What the page holds now.
    pub fn now() -> Self {
        Self {
            controls: elements(CONTROLS).iter().filter_map(Control::of).collect(),
            open: elements("main details").iter().map(|details| details.has_attribute("open")).collect(),
        }
    }

    /// Types it again, as people do: whoever listens hears it, and shows what depends on it before the next one. Ends when
    /// somebody goes to another page meanwhile.
    pub async fn again(self) {
        let page = path();
        // The new views are made before.
        TimeoutFuture::new(0).await;
        for (details, open) in elements("main details").iter().zip(&self.open) {
            // A valid name, so neither can fail.
            let _ = if *open { details.set_attribute("open", "") } else { details.remove_attribute("open") };
        }
        let mut there = by_name();
        let mut before: HashMap<&str, usize> = HashMap::new();
        for control in &self.controls {
            // Those of one name are told apart by their order.
            let nth = before.entry(&control.name).or_default();
            let same = there.get(&control.name).and_then(|same| same.get(*nth));
            *nth += 1;
            if same.is_some_and(|element| control.type_into(element)) {
                TimeoutFuture::new(0).await;
                if path() != page {
                    return;
                }
                there = by_name();
            }
        }
    }
}

fn path() -> Option<String> {
    window().location().pathname().ok()
}

/// The controls of the page.
fn by_name() -> HashMap<String, Vec<Element>> {
    let mut found: HashMap<String, Vec<Element>> = HashMap::new();
    for element in elements(CONTROLS) {
        if let Some(control) = Control::of(&element) {
            found.entry(control.name).or_default().push(element);
        }
    }
    found
}

/// Files stay with their fields, and what is hidden nobody has typed.
const CONTROLS: &str = "main :is(input:not([type=file], [type=hidden]), select, textarea)";

fn elements(selector: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}

/// To be ticked, not typed into.
fn is_box(input: &HtmlInputElement) -> bool {
    matches!(input.type_().as_str(), "checkbox" | "radio")
}

impl Control {
    fn of(element: &Element) -> Option<Self> {
        let name = element.get_attribute("name").or_else(|| element.get_attribute("id"))?;
        if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            // Boxes of one name are different ones by what they stand for.
            let name = if is_box(input) { format!("{name}={}", input.value()) } else { name };
            return Some(Self { name, value: input.value(), checked: input.checked() });
        }
        let select = element.dyn_ref::<HtmlSelectElement>().map(HtmlSelectElement::value);
        let value = select.or_else(|| element.dyn_ref::<HtmlTextAreaElement>().map(HtmlTextAreaElement::value))?;
        Some(Self { name, value, checked: false })
    }

    /// Whether that changed something.
    fn type_into(&self, element: &Element) -> bool {
        if Self::of(element).as_ref() == Some(self) {
            return false;
        }
        if let Some(input) = element.dyn_ref::<HtmlInputElement>() {
            if is_box(input) {
                input.set_checked(self.checked);
            } else {
                input.set_value(&self.value);
            }
        } else if let Some(select) = element.dyn_ref::<HtmlSelectElement>() {
            select.set_value(&self.value);
        } else if let Some(area) = element.dyn_ref::<HtmlTextAreaElement>() {
            area.set_value(&self.value);
        }
        let bubbles = EventInit::new();
        bubbles.set_bubbles(true);
        for kind in ["input", "change"] {
            if let Ok(event) = Event::new_with_event_init_dict(kind, &bubbles) {
                // Fails only for an event that is being sent already.
                let _ = element.dispatch_event(&event);
            }
        }
        true
    }
}
