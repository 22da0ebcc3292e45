//! The choice of columns. A job may have thousands of metrics: the boxes are found by typing.

use std::collections::BTreeSet;

use domain::job::JobSummary;
use leptos::{html, prelude::*};
use leptos_router::components::Form;

use crate::components::format;

/// Of so many one is found by looking.
const FEW: usize = 12;
/// Boxes that are shown at once.
const MOST: usize = 100;

/// Parameters and metrics of these jobs, and those that are shown already.
pub fn possible_columns(metrics: Vec<String>, jobs: &[JobSummary], shown: &[String]) -> Vec<String> {
    let mut names: BTreeSet<String> = metrics.into_iter().collect();
    // The list has a column of its own for that of training.
    names.remove("loss");
    names.extend(jobs.iter().flat_map(|job| job.parameters.keys().cloned()));
    names.extend(shown.iter().cloned());
    names.into_iter().collect()
}

/// Those whose name has every word of `typed`, in any case and order.
fn matching(possible: &[String], typed: &str) -> Vec<String> {
    let words: Vec<String> = typed.split_whitespace().map(str::to_lowercase).collect();
    let fits = |name: &&String| {
        let name = name.to_lowercase();
        words.iter().all(|word| name.contains(word.as_str()))
    };
    possible.iter().filter(fits).cloned().collect()
}

#[component]
pub fn Columns(
    query: String,
    sort: String,
    /// Those that are columns now.
    shown: Vec<String>,
    possible: Vec<String>,
) -> impl IntoView {
    let chosen = RwSignal::new(shown.into_iter().collect::<BTreeSet<String>>());
    let typed = RwSignal::new(String::new());
    let searched = possible.len() > FEW;
    let possible = StoredValue::new(possible);
    let found = Memo::new(move |_| possible.with_value(|possible| matching(possible, &typed.read())));
    let boxes = move || found.with(|found| found.iter().take(MOST).cloned().collect::<Vec<_>>());
    // What is chosen stays so while others are searched for.
    let unseen = move || {
        let boxes = boxes();
        let unseen =
            chosen.with(|chosen| chosen.iter().filter(|name| !boxes.contains(name)).cloned().collect::<Vec<_>>());
        unseen.into_iter().map(|name| view! { <input type="hidden" name="columns" value=name /> }).collect_view()
    };
    let one = move |name: String| {
        let (value, checked) = (name.clone(), chosen.with_untracked(|chosen| chosen.contains(&name)));
        let toggle = {
            let name = name.clone();
            move |event| {
                let checked = event_target_checked(&event);
                chosen.update(|chosen| {
                    if checked {
                        chosen.insert(name.clone());
                    } else {
                        chosen.remove(&name);
                    }
                });
            }
        };
        view! {
            <label class="check">
                <input type="checkbox" name="columns" value=value checked=checked on:change=toggle />
                <bdi>{name}</bdi>
            </label>
        }
    };
    let more = move || {
        let more = found.with(Vec::len).saturating_sub(MOST);
        (more > 0).then(|| t!("{n} more: type a part of the name", n = format::count(more as u64)))
    };
    let none = move || found.with(Vec::is_empty).then(|| t!("Nothing is called so."));
    let menu = NodeRef::<html::Details>::new();
    // The element stays when the list behind it becomes another one.
    Effect::new(move |_| {
        if let Some(menu) = menu.get() {
            menu.set_open(false);
        }
    });
    view! {
        <details class="menu wide-menu" node_ref=menu>
            <summary class="button">{t!("Columns")}</summary>
            <div class="menu-body">
                {searched.then(|| view! {
                    <input
                        id="search-columns"
                        type="search"
                        class="with-script search-columns"
                        dir="ltr"
                        autocomplete="off"
                        spellcheck="false"
                        aria-label=t!("Search columns")
                        placeholder=t!("Search columns")
                        on:input=move |event| typed.set(event_target_value(&event))
                    />
                })}
                <Form method="GET" action="/jobs">
                    <input type="hidden" name="query" value=query />
                    <input type="hidden" name="sort" value=sort />
                    {unseen}
                    <div class="checks"><For each=boxes key=Clone::clone children=one /></div>
                    <p class="sub" role="status">{more} {none}</p>
                    <button class="button primary" type="submit">{t!("Show")}</button>
                </Form>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::matching;

    #[test]
    fn columns_are_found_by_parts_of_their_names() {
        let names = ["balanced_accuracy", "lr", "metric_0417"].map(str::to_owned);
        assert_eq!(matching(&names, "ACC bal"), ["balanced_accuracy"]);
        assert_eq!(matching(&names, "0417"), ["metric_0417"]);
        assert_eq!(matching(&names, " "), names);
        assert!(matching(&names, "lr accuracy").is_empty());
    }
}
