//! What is shown of jobs: states, progress, tags, rows, curves. The jobs are made up; nothing asks the server for them.

use std::collections::{BTreeMap, HashSet};

use domain::{
    Timestamp,
    job::{JobProgress, JobState, JobSummary, MetricPoint, Point, Split, Task},
};
use leptos::prelude::*;

use crate::{
    api::list_page::Beside,
    components::{
        badge::StateBadge,
        chart::{LineChart, View, ViewControls},
        connection::ConnectionDot,
        job_table::{JobTable, ListTools},
        list_pages::ListPages,
        progress::ProgressBar,
        tags::Tags,
    },
    live::{Connection, Sample, SeriesHandle, UserJobs},
};

const CONNECTIONS: [Connection; 6] = [
    Connection::Connecting,
    Connection::Live,
    Connection::Reconnecting { seconds: 0 },
    Connection::Reconnecting { seconds: 8 },
    Connection::Offline,
    Connection::SignedOut,
];

#[component]
pub fn JobStates() -> impl IntoView {
    let badge = |state: JobState| view! { <StateBadge state /> };
    let dot = |connection: Connection| view! { <ConnectionDot connection /> };
    let bar = |(percent, active): (f64, bool)| {
        let label = format!("{percent} %{}", if active { "" } else { ", ended" });
        view! { <div><dt>{label.clone()}</dt><dd><ProgressBar percent label active /></dd></div> }
    };
    let tags = ["baseline", "sweep", "برچسب"].map(str::to_owned).to_vec();
    view! {
        <h2>"Badges"</h2>
        <p class="row">{JobState::ALL.map(badge).into_iter().collect_view()}</p>
        <h2>"Tags"</h2>
        <p><Tags tags /><span class="tag">"likely target"</span></p>
        <h2>"Connection"</h2>
        <div class="row">{CONNECTIONS.map(dot).into_iter().collect_view()}</div>
        <h2>"Progress"</h2>
        <dl class="facts">
            {[(0.0, true), (42.0, true), (100.0, true), (42.0, false)].map(bar).into_iter().collect_view()}
        </dl>
        <h2>"Tiles"</h2>
        <ul class="tiles">
            <li><span>"Epoch"</span><b>"12 of 40"</b></li>
            <li><span>"Training loss"</span><b>"0.0421"</b></li>
            <li><span>"Speed"</span><b>"–"</b></li>
        </ul>
    }
}

#[component]
pub fn Rows() -> impl IntoView {
    let rows = JobState::ALL.into_iter().enumerate().filter_map(|(at, state)| job(at, state)).collect();
    let jobs = UserJobs { jobs: RwSignal::new(rows), connection: Connection::Live.into() };
    let tools = ListTools {
        columns: vec!["lr".to_owned()],
        sort: "-created_at".to_owned(),
        address: Callback::new(|_: String| "/design".to_owned()),
        chosen: RwSignal::new(HashSet::new()),
    };
    view! {
        <h2>"Table"</h2>
        <JobTable jobs tools />
        <p class="pages"><a href="/design">"More jobs"</a></p>
        <ListPages beside=Beside { newer: Some(String::new()), older: Some("older".to_owned()) } />
    }
}

/// A job in this state; each has an id of its own.
fn job(at: usize, state: JobState) -> Option<JobSummary> {
    let id = format!("00000000-0000-7000-8000-0000000000{at:02}");
    let ended = state.is_terminal();
    let begun = ended || state == JobState::Running;
    let done = if state == JobState::Completed { 40 } else { 12 };
    Some(JobSummary {
        job_id: id.parse().ok()?,
        name: format!("Job {at}"),
        dataset_id: id.parse().ok()?,
        dataset_name: "wine".to_owned(),
        task: Task::Multiclass,
        target: "cultivar".to_owned(),
        model: "mlp".to_owned(),
        parameters: BTreeMap::new(),
        tags: if at.is_multiple_of(2) { vec!["sweep".to_owned()] } else { Vec::new() },
        experiment_id: None,
        created_at: Timestamp(1_796_000_000_000_000),
        last_seq: 0,
        has_checkpoint: begun,
        progress: JobProgress {
            progress: if begun { f64::from(done) * 2.5 } else { 0.0 },
            epoch: if begun { done } else { 0 },
            loss: begun.then_some(0.0421),
            metrics: if begun { BTreeMap::from([("validation_accuracy".to_owned(), 0.9722)]) } else { BTreeMap::new() },
            ..JobProgress::begun(state, 40)
        },
    })
}

/// Steps of an epoch.
const EPOCH: u32 = 10;

/// A loss that falls, in training and, less and not for ever, on the validation rows.
fn losses() -> Vec<MetricPoint> {
    let point = |split: Split, step: u32, value: f64| MetricPoint {
        seq: u64::from(step),
        point: Point { name: "loss".to_owned(), split, step: u64::from(step), epoch: step / EPOCH, value },
        at: Timestamp(i64::from(step) * 100_000),
    };
    let fallen = |step: u32| 1.0 / (1.0 + f64::from(step) / 40.0);
    let ripple = |step: u32| f64::from(step * 37 % 11) / 110.0;
    let training = (1..=400).map(|step| point(Split::Train, step, fallen(step) + ripple(step) * fallen(step)));
    let epochs = (EPOCH..=400).step_by(EPOCH as usize);
    let validation = epochs.map(|step| point(Split::Validation, step, fallen(step) * 0.8 + f64::from(step) / 2_000.0));
    training.chain(validation).collect()
}

#[component]
pub fn Charts() -> impl IntoView {
    let chart = |title: &'static str, points: &[MetricPoint], view: RwSignal<View>| {
        let series = SeriesHandle::new(points);
        view! {
            <LineChart
                title
                metric="loss"
                series
                steps_per_epoch=f64::from(EPOCH)
                best=Signal::derive(|| None::<Sample>)
                waiting=true
                cursor=RwSignal::new(None)
                view
            />
        }
    };
    let shown = RwSignal::new(View::default());
    view! {
        <h2>"Charts"</h2>
        <ViewControls view=shown />
        <div class="columns-2 charts">
            {chart("Loss", &losses(), shown)}
            {chart("Loss, yet to be measured", &[], shown)}
        </div>
    }
}
