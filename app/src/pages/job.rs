//! One job, live: where it stands, its curves, its log, how it ended.

use std::fmt::Display;

use domain::{
    ExperimentId, JobId,
    job::{ClassWeights, JobSpec, JobState, JobStatus, LrSchedule, Split},
};
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    components::A,
    hooks::{use_location, use_navigate, use_params_map, use_query_map},
};

use super::{
    job_actions::JobActions,
    job_labels::{EditLabels, Labels},
    job_log::Log,
    job_result::JobResult,
    job_usage::Machine,
};
use crate::{
    api::{
        error::UiError,
        experiments::LabelJob,
        jobs::{DeleteJob, JobContent, fetch_job, job_curves},
    },
    components::{
        badge::StateBadge,
        chart::{LineChart, View, ViewControls},
        connection::ConnectionDot,
        error::FailureCard,
        format,
        loaded::loaded,
        progress::ProgressBar,
        share::{Owner, Share, Shares, use_shares},
        success::successes,
        toast::{say_when_done, use_toasts},
    },
    language::{in_language, isolated, said, said_all, translate},
    live::{JobFeed, Sample, use_job_feed},
    pages::not_found::NotFound,
};

#[component]
pub fn JobPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id")).unwrap_or_default().parse::<JobId>().ok());
    let label = ServerAction::<LabelJob>::new();
    // What was said of the job is shown once it is stored; a refusal leaves the form as it is.
    let stored = successes(label);
    let toasts = use_toasts();
    let shares = use_shares(Memo::new(move |_| id.get().map(|id| id.0)));
    let resource = Resource::new_blocking(
        move || (id.get(), stored.get(), toasts.undone()),
        |(id, ..)| async move {
            match id {
                Some(id) => fetch_job(id).await,
                None => Err(UiError(domain::ApiError::not_found("job"))),
            }
        },
    );
    loaded(resource, marked!("Job"), move |JobContent { snapshot, note_html, experiments }| {
        let (status, fetched) = (snapshot.status.clone(), snapshot.metrics.len());
        let id = status.summary.job_id;
        let feed = use_job_feed(id, snapshot);
        fetch_fine_curves(id, feed, fetched);
        let shown = use_view();
        in_language(move || {
            let (status, note_html, experiments) = (status.clone(), note_html.clone(), experiments.clone());
            view! { <Content status note_html experiments feed shown label shares /> }
        })
    })
}

/// `status` is what it was when the page was made; `feed` goes on.
#[component]
fn Content(
    status: JobStatus,
    note_html: String,
    experiments: Vec<(ExperimentId, String)>,
    feed: JobFeed,
    /// What of the curves is looked at.
    shown: RwSignal<View>,
    label: ServerAction<LabelJob>,
    shares: Shares,
) -> impl IntoView {
    let job = StoredValue::new(status.clone());
    let experiment = status.summary.experiment_id.map(|id| {
        let name = experiments.iter().find(|one| one.0 == id);
        let name = name.map_or_else(|| t!("Experiment").to_owned(), |one| one.1.clone());
        (format!("/experiments/{id}"), name)
    });
    let (experiment, experiments) = (StoredValue::new(experiment), StoredValue::new(experiments));
    let note = StoredValue::new(note_html);
    let JobStatus { summary, params, .. } = status;
    let id = summary.job_id;
    let state = Signal::derive(move || feed.status.with(|status| status.status));
    let name = summary.name.clone();
    let dataset = StoredValue::new((format!("/datasets/{}", summary.dataset_id), summary.dataset_name.clone()));
    let task = translate(summary.task.as_str());
    let about = t!("predicts {target} ({task}) from", target = summary.target, task = task);
    let has_checkpoint = summary.has_checkpoint;
    // Here and not with its button, which goes when the socket says that the job is gone.
    let delete = ServerAction::<DeleteJob>::new();
    let deleted = name.clone();
    say_when_done(delete, move || t!("Job {name} deleted.", name = deleted));
    let failure = move || feed.status.with(|status| status.failure.clone()).filter(|_| state.get() == JobState::Failed);
    view! {
        <Title text=name.clone() />
        <Show when=move || !feed.deleted.get() fallback=|| view! { <NotFound what=t!("Job") /> }>
            <div class="head">
                <div>
                    <h1><bdi>{name.clone()}</bdi></h1>
                    <p class="sub job-about">
                        <StateBadge state />
                        <span>{about.clone()} " "
                            <A href=dataset.with_value(|dataset| dataset.0.clone())>
                                <bdi>{dataset.with_value(|dataset| dataset.1.clone())}</bdi>
                            </A>
                        </span>
                        <Owner shares />
                        <ConnectionDot connection=feed.connection />
                        <Labels tags=job.with_value(|job| job.summary.tags.clone()) experiment=experiment.get_value() />
                    </p>
                </div>
                <div class="actions">
                    <Share shares meaning=t!("With it is shared its model. Who may change it may also stop it and let it go on.") />
                    {shares.allowed(move |allowed| {
                        let (job, experiments) = (job.get_value(), experiments.get_value());
                        view! {
                            {allowed.can_edit.then(|| view! { <EditLabels job experiments label /> })}
                            <JobActions id feed has_checkpoint delete can_edit=allowed.can_edit is_owner=allowed.can_share />
                        }
                        .into_any()
                    })}
                </div>
            </div>
            {move || failure().map(|failure| view! { <FailureCard failure /> })}
            <Standing feed />
            {note.with_value(|note| (!note.is_empty()).then(|| {
                view! { <section class="note" dir="auto" inner_html=note.clone()></section> }
            }))}
            <JobResult id feed />
            <Charts feed shown params=params.clone() />
            <div class="columns-2 job-details">
                <section>
                    <Log lines=feed.log />
                </section>
                <section>
                    <div class="section-head"><h2>{t!("Parameters")}</h2></div>
                    <Parameters params=params.clone() />
                </section>
            </div>
            <Machine id active=feed.active />
        </Show>
    }
}

/// The page was rendered with a few hundred points of each curve; a browser that can draw more asks for them.
fn fetch_fine_curves(id: JobId, feed: JobFeed, fetched: usize) {
    // A curve that was thinned has at least half of what it may have.
    const ENOUGH: usize = 350;
    Effect::new(move |_| {
        if fetched >= ENOUGH {
            leptos::task::spawn_local(async move {
                // Without them the coarse curve stays; the next reload tries again.
                if let Ok(points) = job_curves(id).await {
                    feed.complete_history(&points);
                }
            });
        }
    });
}

/// The view that the address says when the page comes. From then on the address follows the view, so that a reload or
/// somebody who gets the address sees the same.
fn use_view() -> RwSignal<View> {
    let shown = RwSignal::new(use_query_map().with_untracked(View::read));
    let (navigate, here) = (use_navigate(), use_location().pathname);
    let path = here.get_untracked();
    let follow = move |view: View| {
        // Somebody may be on the way to another page.
        if here.get_untracked() != path {
            return;
        }
        let options = NavigateOptions { replace: true, scroll: false, ..Default::default() };
        navigate(&format!("{path}{}", view.query()), options);
    };
    // A slider that is dragged says many views.
    let last = StoredValue::new(None::<TimeoutHandle>);
    Effect::watch(
        move || shown.get(),
        move |view, _, _| {
            let (view, follow) = (*view, follow.clone());
            if let Some(before) = last.get_value() {
                before.clear();
            }
            let follow = move || follow(view);
            last.set_value(set_timeout_with_handle(follow, std::time::Duration::from_millis(250)).ok());
        },
        false,
    );
    on_cleanup(move || {
        if let Some(Some(waiting)) = last.try_get_value() {
            waiting.clear();
        }
    });
    shown
}

/// Progress and the numbers that move.
#[component]
fn Standing(feed: JobFeed) -> impl IntoView {
    let status = feed.status;
    let percent = Signal::derive(move || status.with(|status| status.progress));
    let count = |epochs: u32| format::count(u64::from(epochs));
    let epoch = move || {
        status.with(|status| t!("{epoch} of {all}", epoch = count(status.epoch), all = count(status.total_epochs)))
    };
    let speed = move || {
        status.with(|status| {
            status
                .samples_per_second
                .map_or_else(|| "–".to_owned(), |rows| t!("{rows} rows/s", rows = format::count(rows as u64)))
        })
    };
    let time = move || {
        status.with(|status| match (status.status, status.eta_seconds, status.started_at, status.finished_at) {
            (JobState::Running, Some(eta), ..) => (t!("Time left"), t!("at most {time}", time = format::duration(eta))),
            (_, _, Some(from), Some(to)) => (t!("Took"), format::duration(to.seconds_since(from))),
            _ => (t!("Time left"), "–".to_owned()),
        })
    };
    let metric = move |key: &'static str| {
        status.with(|status| {
            let found = status
                .metrics
                .iter()
                .find(|(name, _)| name.strip_prefix(key).is_some_and(|name| matches!(name, "accuracy" | "rmse")));
            found.map(|(name, value)| {
                let name = name.trim_start_matches(key);
                (format::metric_name(name), format::metric(name, *value))
            })
        })
    };
    let validation = move || match metric("validation_") {
        Some((name, _)) => t!("Validation {metric}", metric = lower(&name)),
        None => t!("Validation").to_owned(),
    };
    let loss = move || status.with(|status| status.loss.map_or_else(|| "–".to_owned(), format::number));
    view! {
        <section class="standing" aria-label=t!("Progress")>
            <div class="standing-line">
                <p class="message">{move || status.with(|status| said(&status.message))}</p>
                <p class="percent">{move || format::digits(format!("{:.0}%", percent.get()))}</p>
            </div>
            <ProgressBar percent label=t!("Training progress") active=feed.active />
            <ul class="tiles">
                <li><span>{t!("Epoch")}</span><b>{epoch}</b></li>
                <li><span>{t!("Training loss")}</span><b>{loss}</b></li>
                <li>
                    <span>{validation}</span>
                    <b>{move || metric("validation_").map_or("–".to_owned(), |(_, value)| value)}</b>
                </li>
                <li><span>{t!("Speed")}</span><b>{speed}</b></li>
                <li><span>{move || time().0}</span><b>{move || time().1}</b></li>
            </ul>
        </section>
    }
}

fn lower(name: &str) -> String {
    if name.chars().all(char::is_uppercase) { name.to_owned() } else { name.to_lowercase() }
}

#[component]
fn Charts(feed: JobFeed, shown: RwSignal<View>, params: JobSpec) -> impl IntoView {
    let metric = params.task.headline_metric();
    let epochs = f64::from(params.epochs.max(1));
    let steps_per_epoch = Memo::new(move |_| feed.status.with(|status| status.total_steps as f64 / epochs));
    let cursor = RwSignal::new(None);
    let best_of = move |metric: &'static str| {
        Signal::derive(move || {
            feed.series.version();
            // The epoch with the lowest validation loss is the one that is kept.
            let epoch = feed.series.with_curve(Split::Validation, "loss", |curve| {
                curve.iter().min_by(|a, b| a.value.total_cmp(&b.value)).map(|sample| sample.epoch)
            })?;
            feed.series.with_curve(Split::Validation, metric, |curve| -> Option<Sample> {
                curve.iter().find(|sample| sample.epoch == epoch).copied()
            })
        })
    };
    view! {
        <ViewControls view=shown />
        <div class="columns-2 charts">
            <LineChart
                title=t!("Loss")
                metric="loss"
                series=feed.series
                steps_per_epoch
                best=best_of("loss")
                waiting=feed.active
                cursor
                view=shown
            />
            <LineChart title=format::metric_name(metric) metric=metric series=feed.series steps_per_epoch best=best_of(metric) waiting=feed.active cursor view=shown />
        </div>
    }
}

/// A number as it was given.
fn given(number: &dyn Display) -> String {
    format::digits(number.to_string())
}

/// Names of columns, each of which keeps its own direction.
fn named(columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| isolated(name)).collect();
    columns.join(t!(", "))
}

/// The learning rate, and what happens to it over time.
fn learning_rate(rate: String, schedule: LrSchedule) -> String {
    match schedule {
        LrSchedule::Constant => rate,
        LrSchedule::Cosine { warmup } => {
            t!("{rate}, cosine with {share} warm-up", rate = rate, share = format::share(warmup))
        }
        LrSchedule::Plateau { patience, factor } => t!(
            "{rate}, times {factor} after {patience} epochs on a plateau",
            rate = rate,
            factor = given(&factor),
            patience = given(&patience)
        ),
    }
}

/// What keeps the model from learning too much.
fn regularisation(params: &JobSpec) -> String {
    let learning = &params.learning;
    let decay = learning.weight_decay_of(params.optimizer);
    let parts = [
        (decay > 0.0).then(|| t!("weight decay {decay}", decay = given(&decay))),
        learning.gradient_clip.map(|longest| t!("gradients clipped to {longest}", longest = given(&longest))),
        (learning.class_weights == ClassWeights::Balanced).then(|| t!("classes balanced").to_owned()),
        (learning.label_smoothing > 0.0)
            .then(|| t!("label smoothing {share}", share = given(&learning.label_smoothing))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { t!("none").to_owned() } else { parts.join(t!(", ")) }
}

#[component]
fn Parameters(params: JobSpec) -> impl IntoView {
    // What nobody asked for is marked.
    let auto = |name: &str, text: String| {
        if params.chosen.iter().any(|chosen| chosen == name) { t!("{value} (auto)", value = text) } else { text }
    };
    let mut rows = vec![
        (t!("Task"), auto("task", translate(params.task.as_str()).to_owned())),
        (t!("Target"), auto("target", named(std::slice::from_ref(&params.target)))),
        (t!("Features"), named(&params.features)),
        (t!("Model"), auto("model", said_all(&params.model.parts()))),
        (t!("Optimizer"), auto("optimizer", params.optimizer.as_str().to_owned())),
        (t!("Learning rate"), learning_rate(auto("lr", given(&params.lr)), params.learning.schedule)),
        (t!("Regularisation"), regularisation(&params)),
        (t!("Split"), said(&params.split.describe())),
        (t!("Epochs"), auto("epochs", given(&params.epochs))),
        (t!("Batch size"), auto("batch_size", given(&params.batch_size))),
        (
            t!("Early stopping"),
            auto(
                "early_stopping",
                params.early_stopping.map_or(t!("off").to_owned(), |patience| {
                    t!("after {patience} epochs without improvement", patience = given(&patience))
                }),
            ),
        ),
        (
            t!("Validation and test"),
            t!(
                "{validation} and {test} of the rows",
                validation = format::share(params.validation),
                test = format::share(params.test)
            ),
        ),
        (t!("Seed"), given(&params.seed)),
        (t!("Device"), params.device.as_str().to_owned()),
    ];
    if let Some(folds) = params.folds {
        rows.push((t!("Cross-validation"), t!("{folds} folds", folds = given(&folds))));
    }
    let start = params.start_from.map(|id| {
        view! {
            <div><dt>{t!("Starts from")}</dt><dd><A href=format!("/models/{id}")>{t!("another model")}</A></dd></div>
        }
    });
    view! {
        <dl class="facts">
            {rows.into_iter().map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> }).collect_view()}
            {start}
        </dl>
    }
}
