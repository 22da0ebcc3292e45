//! The log of a job: its newest lines, found by words, and the way back to the end.

use domain::job::{LogLevel, LogLine};
use leptos::{html, prelude::*};

use crate::components::{format, scripted::scripted};

/// Further up than this somebody reads what was, in pixels.
const READING: i32 = 40;

/// Follows `lines` while its end is seen.
#[component]
pub fn Log(lines: Signal<Vec<LogLine>>) -> impl IntoView {
    let ready = scripted();
    let (words, warnings) = (RwSignal::new(String::new()), RwSignal::new(false));
    let wanted = Memo::new(move |_| (words.with(|words| words.trim().to_lowercase()), warnings.get()));
    let found = Memo::new(move |_| {
        wanted.with(|(words, warnings)| {
            lines.with(|lines| matching(lines, words, *warnings).cloned().collect::<Vec<_>>())
        })
    });
    let searching = move || wanted.with(|(words, warnings)| *warnings || !words.is_empty());
    let said = move || {
        let (found, all) = (found.with(Vec::len), lines.with(Vec::len));
        if !searching() {
            return String::new();
        }
        let lines = format::counted(all as u64, t!("line"), t!("lines"));
        t!("{found} of {lines}", found = format::digits(found.to_string()), lines = lines)
    };
    let nothing = move || {
        if searching() { t!("No line has these words.") } else { t!("Nothing to report yet.") }
    };

    // The list is turned around: its end is at 0, and what is further up is below that.
    let list = NodeRef::<html::Div>::new();
    let away = RwSignal::new(false);
    let scrolled = move |_| {
        if let Some(list) = list.get_untracked() {
            away.set(list.scroll_top() < -READING);
        }
    };
    let to_end = move |_| {
        if let Some(list) = list.get_untracked() {
            list.set_scroll_top(0);
            // The button goes; whoever pressed it by keyboard is where the lines are.
            let _ = list.focus();
        }
    };
    view! {
        <div class="section-head">
            <h2>{t!("Log")}</h2>
            <div class="log-tools" role="group" aria-label=t!("Lines of the log") hidden=move || !ready.get()>
                <span class="sub" role="status">{said}</span>
                // By their ids what was typed and ticked is found again in another language.
                <input
                    id="log-words"
                    type="search"
                    dir="auto"
                    aria-label=t!("Search the log")
                    placeholder=t!("Search the log")
                    autocomplete="off"
                    spellcheck="false"
                    on:input=move |event| words.set(event_target_value(&event))
                />
                <label class="check">
                    <input id="log-warnings" type="checkbox" on:change=move |event| warnings.set(event_target_checked(&event)) />
                    {t!("Only warnings")}
                </label>
            </div>
        </div>
        <div class="log-place">
            // A search that ends would have hundreds of old lines read out as new ones.
            <div
                class="log"
                role="log"
                aria-live=move || if searching() { "off" } else { "polite" }
                tabindex="0"
                aria-label=t!("Log")
                node_ref=list
                on:scroll=scrolled
            >
                <div class="log-lines">
                    <For each=move || found.get() key=|line| line.seq children=|line| view! { <Line line /> } />
                    <p class="log-empty" hidden=move || !found.with(Vec::is_empty)>{nothing}</p>
                </div>
            </div>
            <button class="button log-end" type="button" hidden=move || !away.get() on:click=to_end>
                {t!("To the newest")}
            </button>
        </div>
    }
}

#[component]
fn Line(line: LogLine) -> impl IntoView {
    let class = match line.level {
        LogLevel::Info => "log-line",
        LogLevel::Warning => "log-line warning",
        LogLevel::Error => "log-line error",
    };
    // What a training says is English.
    view! { <p class=class dir="ltr" lang="en"><time>{format::clock(line.at)}</time>{line.text}</p> }
}

/// Lines that have all of `words`, which are in small letters, somewhere; with `warnings`, nothing that is only said.
fn matching<'a>(lines: &'a [LogLine], words: &'a str, warnings: bool) -> impl Iterator<Item = &'a LogLine> {
    lines.iter().filter(move |line| {
        let loud = !warnings || line.level != LogLevel::Info;
        let text = line.text.to_lowercase();
        loud && words.split_whitespace().all(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use domain::{
        Timestamp,
        job::{LogLevel, LogLine},
    };

    use super::matching;

    #[test]
    fn lines_are_found_by_all_words_in_any_order_and_by_how_loud_they_are() {
        let line = |seq, level, text: &str| LogLine { seq, at: Timestamp(0), level, text: text.to_owned() };
        let lines = [
            line(1, LogLevel::Info, "Epoch 1: loss 0.5"),
            line(2, LogLevel::Warning, "Loss grew in epoch 2"),
            line(3, LogLevel::Error, "Out of memory"),
        ];
        let seqs = |words: &str, warnings| matching(&lines, words, warnings).map(|line| line.seq).collect::<Vec<_>>();
        assert_eq!(seqs("", false), [1, 2, 3]);
        assert_eq!(seqs("loss epoch", false), [1, 2]);
        assert_eq!(seqs("loss", true), [2]);
        assert_eq!(seqs("", true), [2, 3]);
        assert_eq!(seqs("accuracy", false), [] as [u64; 0]);
    }
}
