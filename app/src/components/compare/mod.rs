//! Jobs side by side: their curves over each other, which parameters go with which results, and what differs.

mod colour;
mod curves;
mod difference;
mod painter;
mod parallel;
mod scatter;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use domain::{
    JobId,
    comparison::Comparison,
    job::{JobSummary, Parameter, Split},
};
use leptos::prelude::*;

use self::{colour::colour, curves::Curves, difference::Difference, parallel::Parallel, scatter::Scatter, table::Runs};
use crate::{components::chart::Along, language::translate};

/// What is compared and how; all of it is in the address.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Of the curves, without its split.
    pub metric: String,
    pub split: Split,
    pub along: Along,
    pub logarithmic: bool,
    /// The parameter of the scatter plot; the first that differs when empty.
    pub parameter: String,
    /// The result of the scatter plot and of the parallel axes; the headline metric when empty.
    pub result: String,
}

/// What all parts share, and what somebody does with them: it outlives the views, which are made anew in another language.
#[derive(Clone, Copy)]
pub struct Shared {
    comparison: Signal<Comparison>,
    choice: Signal<Choice>,
    /// What differs between the jobs.
    differing: Memo<Differing>,
    /// The job under the pointer.
    pointed: RwSignal<Option<JobId>>,
    /// Jobs that were switched off.
    hidden: RwSignal<HashSet<JobId>>,
    /// The part of the x axis that is looked at; `None` is all of it.
    window: RwSignal<Option<(f64, f64)>>,
}

impl Shared {
    /// `hidden` are jobs that were switched off, which stay so when another metric is chosen.
    pub fn new(comparison: Signal<Comparison>, choice: Signal<Choice>, hidden: RwSignal<HashSet<JobId>>) -> Self {
        let window = RwSignal::new(None);
        let along = Memo::new(move |_| choice.with(|choice| choice.along));
        // A window of epochs is none of seconds.
        Effect::watch(move || along.get(), move |_, _, _| window.set(None), false);
        Self {
            comparison,
            choice,
            differing: Memo::new(move |_| comparison.with(|comparison| differing(&comparison.jobs))),
            pointed: RwSignal::new(None),
            hidden,
            window,
        }
    }

    /// Nothing is drawn again for a pointer that stays with its job.
    fn point_at(self, id: Option<JobId>) {
        if self.pointed.get_untracked() != id {
            self.pointed.set(id);
        }
    }

    fn shows(self, id: JobId) -> bool {
        self.hidden.with(|hidden| !hidden.contains(&id))
    }

    /// The result by which jobs are judged.
    fn result(self) -> String {
        let chosen = self.choice.with(|choice| choice.result.clone());
        if !chosen.is_empty() {
            return chosen;
        }
        self.comparison.with(|comparison| headline(&comparison.jobs))
    }
}

/// The metric that people look at first, of the first job's task.
fn headline(jobs: &[JobSummary]) -> String {
    jobs.first().map_or("loss", |job| job.task.headline_metric()).to_owned()
}

/// A result of a job: of the test rows, or, until there is one, of the validation rows.
pub fn result_of(job: &JobSummary, name: &str) -> Option<f64> {
    let measured = job.named(name).and_then(|value| value.number());
    measured.or_else(|| job.progress.loss.filter(|_| name == "loss"))
}

/// What its readers call a split.
pub fn split_name(split: Split) -> &'static str {
    match split {
        Split::Train => t!("train"),
        Split::Validation => t!("validation"),
        Split::Test => t!("test"),
    }
}

/// Parameters whose values are not the same in all jobs, each with its values in the order of the jobs.
type Differing = BTreeMap<String, Vec<Option<Parameter>>>;

fn differing(jobs: &[JobSummary]) -> Differing {
    let names: BTreeSet<&String> = jobs.iter().flat_map(|job| job.parameters.keys()).collect();
    let values = names.into_iter().map(|name| {
        let values: Vec<_> = jobs.iter().map(|job| job.parameters.get(name).cloned()).collect();
        (name.clone(), values)
    });
    values.filter(|(_, values)| values.iter().any(|value| *value != values[0])).collect()
}

/// Names of the parameters that differ.
pub fn parameters_of(jobs: &[JobSummary]) -> Vec<String> {
    differing(jobs).into_keys().collect()
}

/// Whether a smaller value is better.
fn less_is_better(metric: &str) -> bool {
    matches!(metric, "loss" | "rmse" | "mae" | "median_ae" | "log_loss" | "ece")
}

#[component]
pub fn Comparing(shared: Shared) -> impl IntoView {
    let tasks = Memo::new(move |_| {
        let tasks =
            |comparison: &Comparison| comparison.jobs.iter().map(|job| job.task.as_str()).collect::<BTreeSet<_>>();
        shared.comparison.with(tasks)
    });
    let different = move || {
        let names: Vec<&str> = tasks.with(|tasks| tasks.iter().map(|task| translate(task)).collect());
        (names.len() > 1).then(|| {
            let sentence = t!(
                "These jobs do not learn the same task ({tasks}): a loss or a result of one says nothing about that of another.",
                tasks = names.join(t!(", "))
            );
            view! { <p class="caution">{sentence}</p> }
        })
    };
    let several = Memo::new(move |_| shared.comparison.with(|comparison| comparison.jobs.len() > 1));
    view! {
        {different}
        <Curves shared />
        <Show when=move || several.get()>
            <div class="columns-2 compare-plots">
                <Parallel shared />
                <Scatter shared />
            </div>
        </Show>
        <Runs shared />
        <Difference shared />
    }
}
