//! What the training takes of its machine: processor and memory over time, as its agent sees them.

use std::time::Duration;

use domain::{JobId, job::Usage};
use leptos::prelude::*;

use crate::{
    api::jobs::job_usage,
    components::{
        format,
        plot::{Axis, Mark, Plane, plot},
        report::{Numbers, card},
    },
};

/// How often a page that is seen asks for more while the job is trained.
const EVERY: Duration = Duration::from_secs(5);

/// Nothing for a job that was never looked at. The timer begins anew each time that `active` says something.
#[component]
pub fn Machine(id: JobId, active: Memo<bool>) -> impl IntoView {
    let asked = RwSignal::new(0_u32);
    let usage = Resource::new(move || (asked.get(), active.get()), move |_| job_usage(id));
    Effect::new(move |_| {
        if active.get() {
            let ask = move || {
                if !document().hidden() {
                    asked.update(|asked| *asked += 1);
                }
            };
            // Without a timer the page shows what was known when it came.
            if let Ok(timer) = set_interval_with_handle(ask, EVERY) {
                on_cleanup(move || timer.clear());
            }
        }
    });
    // What cannot be fetched now comes with the next answer; the page does not need it.
    let content = move || Suspend::new(async move { usage.await.ok().filter(|usage| !usage.is_empty()).map(shown) });
    view! { <Transition fallback=|| ()>{content}</Transition> }
}

fn shown(usage: Vec<Usage>) -> AnyView {
    let (Some(first), Some(last)) = (usage.first().copied(), usage.last().copied()) else { return ().into_any() };
    let most = |of: fn(&Usage) -> f64| usage.iter().map(of).fold(0.0, f64::max);
    let (most_cores, most_bytes) = (most(cores), most(bytes));
    let length = last.at.seconds_since(first.at);
    let (second, name) = match length {
        ..300.0 => (1.0, t!("Seconds since the first look")),
        ..18_000.0 => (60.0, t!("Minutes since the first look")),
        _ => (3_600.0, t!("Hours since the first look")),
    };
    let across = Axis::from_zero(length / second, name);
    let place = |sample: &Usage| sample.at.seconds_since(first.at) / second;
    let curve = |up: Axis, value: &dyn Fn(&Usage) -> f64, spoken: String| {
        let plane = Plane { across: across.clone(), up };
        // Between two attempts nothing was trained.
        let attempts = usage.chunk_by(|a, b| a.attempt == b.attempt);
        let marks =
            attempts.map(|samples| attempt(&plane, samples.iter().map(|sample| (place(sample), value(sample)))));
        plot(&plane, spoken, marks.collect())
    };
    let (byte, unit) = if most_bytes < 1e9 { (1e6, t!("MB")) } else { (1e9, t!("GB")) };
    let spoken_cores = t!("Processor cores over time, at most {most}.", most = format::significant(most_cores, 3));
    let cpu = curve(Axis::from_zero(most_cores.max(1.0), t!("Cores")), &cores, spoken_cores);
    let spoken_bytes = t!("Memory over time, at most {most}.", most = format::bytes(most_bytes as u64));
    let memory = curve(Axis::from_zero(most_bytes / byte, unit), &|sample| bytes(sample) / byte, spoken_bytes);
    let both = |name: &str, last: String, most: String| vec![name.to_owned(), last, most];
    let numbers = Numbers {
        caption: t!("What the training takes").to_owned(),
        head: [t!("Resource"), t!("Last"), t!("Most")].map(str::to_owned).to_vec(),
        rows: vec![
            both(t!("Processor cores"), format::significant(last.cpu_cores, 3), format::significant(most_cores, 3)),
            both(t!("Memory"), format::bytes(last.memory_bytes), format::bytes(most_bytes as u64)),
        ],
    };
    let looks = format::counted(usage.len() as u64, t!("look"), t!("looks"));
    let attempts = format::counted(u64::from(last.attempt), t!("attempt"), t!("attempts"));
    let counts = t!("{looks}, {attempts}.", looks = looks, attempts = attempts);
    let (core, used) = (t!("1 is one core that does nothing else."), t!("Of the training process, really in use."));
    view! {
        <section class="report machine" data-samples=usage.len()>
            <h2>{t!("Machine")}</h2>
            <div class="report-triple">
                {card("card", t!("Processor").to_owned(), core.to_owned(), vec![cpu])}
                {card("card", t!("Memory").to_owned(), used.to_owned(), vec![memory])}
                {card("card", t!("In numbers").to_owned(), counts, vec![numbers.shown()])}
            </div>
        </section>
    }
    .into_any()
}

fn cores(sample: &Usage) -> f64 {
    sample.cpu_cores
}

fn bytes(sample: &Usage) -> f64 {
    sample.memory_bytes as f64
}

/// A line; a dot where there is but one sample.
fn attempt(plane: &Plane, points: impl ExactSizeIterator<Item = (f64, f64)>) -> Mark {
    if points.len() == 1 { plane.dots("plot-dots", points) } else { plane.line("plot-line series-1", points) }
}
