//! Experiments, labels and comparisons: whose they are, what belongs to them, and what is left when they go.

use domain::{
    Principal,
    experiment::{ExperimentChanges, ExperimentView},
    job::{JobChanges, JobQuery, JobState, Split, TrainingRequest},
};
use platform::{
    ListFilter, Platform, experiments,
    jobs::{self, CurvesOf, JobFilter, JobOrder, MetricsQuery},
};

use crate::harness::{Engine, Person, World, code, on_both};

on_both! {
    jobs_belong_to_an_experiment_and_outlive_it
    others_experiments_do_not_exist
    labels_change_at_any_time_and_everything_wrong_is_said
    lists_are_filtered_and_ordered_by_what_no_index_has
    a_long_curve_is_compared_by_its_extremes
}

/// Of the training rows.
fn curves(metric: &str, points: u64) -> CurvesOf<'_> {
    CurvesOf { points, ..CurvesOf::fine(metric, Split::Train) }
}

async fn make(platform: &Platform, who: &Principal, name: &str) -> ExperimentView {
    let wanted = ExperimentChanges { name: Some(name.into()), ..ExperimentChanges::default() };
    experiments::create(platform, who, wanted).await.unwrap()
}

async fn jobs_belong_to_an_experiment_and_outlive_it(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    let experiment = make(platform, ada, "first").await;
    let inside = TrainingRequest {
        experiment_id: Some(experiment.id.to_string()),
        tags: Some(vec!["baseline".into()]),
        ..ada.request("epochs=2")
    };
    let job = jobs::submit(platform, ada, inside, None).await.unwrap().summary;
    assert_eq!((job.experiment_id, &job.tags[..]), (Some(experiment.id), &["baseline".to_owned()][..]));
    let outside = ada.submit(platform, "epochs=2").await;
    world.wait_for(job.job_id, JobState::Completed).await;
    let seen = experiments::get(platform, ada, experiment.id).await.unwrap();
    assert_eq!((seen.jobs, seen.active), (1, 0));
    assert!(seen.updated_at > experiment.updated_at, "a job came into it");
    let filter = JobFilter { experiment: Some(experiment.id), ..JobFilter::default() };
    let page = jobs::list(platform, ada, filter).await.unwrap();
    assert_eq!((page.count, page.jobs[0].job_id), (1, job.job_id));
    let clone = jobs::clone(platform, ada, job.job_id, TrainingRequest::default()).await.unwrap().summary;
    assert_eq!((clone.experiment_id, clone.tags), (Some(experiment.id), job.tags));
    world.wait_for(clone.job_id, JobState::Completed).await;
    world.wait_for(outside, JobState::Completed).await;

    let ids = [outside, job.job_id, clone.job_id];
    let comparison = jobs::compare(platform, ada, &ids, curves("loss", 100)).await.unwrap();
    assert_eq!(comparison.jobs.len(), 3);
    assert_eq!(comparison.jobs[0].job_id, clone.job_id, "the newest first");
    assert_eq!(comparison.curves.len(), 3);
    experiments::delete(platform, ada, experiment.id).await.unwrap();
    assert_eq!(code(experiments::get(platform, ada, experiment.id).await).as_str(), "not_found");
    assert_eq!(jobs::get(platform, ada, job.job_id).await.unwrap().summary.experiment_id, None);
}

async fn others_experiments_do_not_exist(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    // The first person is an admin, who sees everything.
    let (bea, cem) = (Person::new(platform, "bea").await, Person::new(platform, "cem").await);
    let experiment = make(platform, &bea, "of bea").await;
    let job = bea.submit(platform, "epochs=1").await;
    assert_eq!(experiments::list(platform, &cem, &ListFilter::default()).await.unwrap().items, []);
    assert_eq!(experiments::list(platform, ada, &ListFilter::default()).await.unwrap().items.len(), 1);
    assert_eq!(code(experiments::get(platform, &cem, experiment.id).await).as_str(), "not_found");
    let changes = ExperimentChanges { name: Some("of cem".into()), ..ExperimentChanges::default() };
    assert_eq!(code(experiments::change(platform, &cem, experiment.id, changes).await).as_str(), "not_found");
    assert_eq!(code(experiments::delete(platform, &cem, experiment.id).await).as_str(), "not_found");
    let into = TrainingRequest { experiment_id: Some(experiment.id.to_string()), ..cem.request("epochs=1") };
    let refused = jobs::submit(platform, &cem, into, None).await.unwrap_err();
    assert!(refused.api().fields.contains_key("experiment_id"), "{refused:?}");
    let comparison = jobs::compare(platform, &cem, &[job], curves("loss", 100)).await.unwrap();
    assert_eq!((comparison.jobs.len(), comparison.curves.len()), (0, 0));
    // Not even an admin mixes them: whoever owns the job could not see where it is.
    let hers = make(platform, ada, "of ada").await;
    let here = JobChanges { experiment_id: Some(hers.id.to_string()), ..JobChanges::default() };
    let refused = jobs::change(platform, ada, job, here).await.unwrap_err();
    assert!(refused.api().fields.contains_key("experiment_id"), "{refused:?}");
    let there = JobChanges { experiment_id: Some(experiment.id.to_string()), ..JobChanges::default() };
    jobs::change(platform, ada, job, there).await.unwrap();
    let clone = jobs::clone(platform, ada, job, TrainingRequest::default()).await.unwrap();
    assert_eq!(clone.summary.experiment_id, None, "a job of ada's has no place in an experiment of bea's");
    let mine = JobChanges { tags: Some(vec!["mine".into()]), ..JobChanges::default() };
    assert_eq!(code(jobs::change(platform, &cem, job, mine).await).as_str(), "not_found");
}

async fn labels_change_at_any_time_and_everything_wrong_is_said(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    let experiment = make(platform, ada, "first").await;
    let job = ada.submit(platform, "epochs=100000 ms=5").await;
    world.wait_for(job, JobState::Running).await;
    let changes = JobChanges {
        name: Some(" A better name ".into()),
        tags: Some(vec!["a".into(), "a".into(), " b ".into()]),
        note: Some("**why**".into()),
        experiment_id: Some(experiment.id.to_string()),
    };
    jobs::change(platform, ada, job, changes).await.unwrap();
    let seen = jobs::get(platform, ada, job).await.unwrap();
    assert_eq!((seen.summary.name.as_str(), seen.params.name.as_str()), ("A better name", "A better name"));
    assert_eq!((&seen.summary.tags[..], seen.note.as_str()), (&["a".to_owned(), "b".into()][..], "**why**"));
    assert_eq!(seen.summary.experiment_id, Some(experiment.id));
    assert!(world.log(job).await.contains(&"ada changed its name, tags, note, experiment.".to_owned()));
    let found = JobFilter { search: Some("BETTER".into()), ..JobFilter::default() };
    assert_eq!(jobs::list(platform, ada, found).await.unwrap().count, 1);
    // What is absent stays; an empty text takes it out of its experiment.
    let out = JobChanges { experiment_id: Some(String::new()), ..JobChanges::default() };
    let seen = jobs::change(platform, ada, job, out).await.unwrap();
    assert_eq!((seen.summary.experiment_id, seen.summary.tags.len()), (None, 2));
    let (one, other) =
        tokio::join!(jobs::tag(platform, ada, job, "x", true), jobs::tag(platform, ada, job, " y ", true));
    assert_eq!(one.unwrap().summary.tags.len() + other.unwrap().summary.tags.len(), 7, "none is lost");
    let seen = jobs::tag(platform, ada, job, "a", false).await.unwrap().summary.tags;
    assert!(!seen.contains(&"a".to_owned()) && seen.len() == 3, "{seen:?}");
    let wrong = JobChanges {
        name: Some(" ".into()),
        tags: Some(vec!["a,b".into()]),
        note: Some("x".repeat(20_001)),
        experiment_id: Some("nonsense".into()),
    };
    let refused = jobs::change(platform, ada, job, wrong).await.unwrap_err().api();
    let fields: Vec<&str> = refused.fields.keys().map(String::as_str).collect();
    assert_eq!(fields, ["experiment_id", "name", "note", "tags"]);
    jobs::stop(platform, ada, job).await.unwrap();
    let stopped = world.wait_for(job, JobState::Stopped).await;
    assert_eq!(stopped.summary.name, "A better name", "the trainer knows nothing of it");
}

async fn lists_are_filtered_and_ordered_by_what_no_index_has(engine: Engine) {
    // Without an agent the jobs stay where they are.
    let world = World::new(engine).await.reopened().await;
    let (platform, ada) = (&world.platform, &world.ada);
    for (at, lr) in [0.1, 0.001, 0.03, 0.001, 0.5].into_iter().enumerate() {
        let tags = if at % 2 == 0 { vec!["even".to_owned()] } else { Vec::new() };
        let request = TrainingRequest { lr: Some(lr), tags: Some(tags), ..ada.request(&format!("job {at}")) };
        jobs::submit(platform, ada, request, None).await.unwrap();
    }
    let all = async |query: &str, sort: &str| {
        let (order, query) = (JobOrder::parse(sort).unwrap(), JobQuery::parse(query).unwrap());
        let mut filter = JobFilter { order, query, limit: 2, ..JobFilter::default() };
        let (mut names, mut counts) = (Vec::new(), Vec::new());
        loop {
            let page = jobs::list(platform, ada, filter.clone()).await.unwrap();
            counts.push(page.count);
            names.extend(page.jobs.into_iter().map(|job| job.name));
            let Some(cursor) = page.next_cursor else { break };
            filter.cursor = Some(cursor);
        }
        assert!(counts.iter().all(|count| *count == names.len() as u64), "{counts:?} {names:?}");
        names
    };
    assert_eq!(all("", "lr").await, ["job 1", "job 3", "job 2", "job 0", "job 4"]);
    assert_eq!(all("", "-lr").await, ["job 4", "job 0", "job 2", "job 3", "job 1"]);
    assert_eq!(all("lr<0.05", "-created_at").await, ["job 3", "job 2", "job 1"]);
    assert_eq!(all("tag:even lr>=0.1", "name").await, ["job 0", "job 4"]);
    assert_eq!(all("-tag:even", "lr").await, ["job 1", "job 3"]);
    assert_eq!(all("status:queued job", "created_at").await.len(), 5);
    assert_eq!(all("status:queued,running small", "-name").await[0], "job 4");
    assert_eq!(all("status:running", "lr").await, Vec::<String>::new());
    assert_eq!(all("status!=active,ended", "-created_at").await, Vec::<String>::new());
    // Nobody has measured it: by age then, and each once.
    assert_eq!(all("", "test_accuracy").await.len(), 5);
}

async fn a_long_curve_is_compared_by_its_extremes(engine: Engine) {
    let world = World::new(engine).await.reopened().await;
    let (platform, ada) = (&world.platform, &world.ada);
    let job = ada.submit(platform, "long").await;
    world
        .place
        .execute(
            "INSERT INTO job_metrics (job_id, seq, name, split, step, epoch, value, at)
             WITH RECURSIVE steps (at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM steps WHERE at < 5000)
             SELECT id, at + 1, 'loss', 'train', at, 0,
                    CASE at WHEN 2345 THEN 9.0 WHEN 3456 THEN -9.0 ELSE 1.0 / at END, created_at + at * 1000
             FROM steps, jobs",
        )
        .await;
    let comparison = jobs::compare(platform, ada, &[job], curves("loss", 200)).await.unwrap();
    let points = &comparison.curves[0].points;
    assert!((100..=204).contains(&points.len()), "{}", points.len());
    assert!(points.is_sorted_by_key(|point| point.0), "in the order of the steps");
    assert_eq!((points[0].0, points[points.len() - 1].0), (1, 5_000));
    let values = || points.iter().map(|point| point.1);
    assert_eq!((values().fold(0.0, f64::max), values().fold(0.0, f64::min)), (9.0, -9.0));
    assert_eq!(points[0].2, 1, "milliseconds since it was submitted, as it has not begun");
    let query = MetricsQuery { max_points: Some(80), ..MetricsQuery::default() };
    let (curve, _) = jobs::metrics(platform, ada, job, query).await.unwrap();
    assert!((40..=84).contains(&curve.len()), "{}", curve.len());
    assert!(curve.is_sorted_by_key(|point| point.seq), "in the order in which they came");
    let measured = |step: u64| match step {
        2_345 => 9.0,
        3_456 => -9.0,
        step => 1.0 / step as f64,
    };
    for point in &curve {
        let step = point.point.step;
        assert!(
            (point.point.value - measured(step)).abs() < 1e-12 && point.seq == step + 1,
            "as it was measured: {point:?}"
        );
    }
    for (step, value, since) in points {
        assert!((value - measured(*step)).abs() < 1e-12 && since == step, "as it was measured: {step} {value} {since}");
    }
    for step in [1, 2_345, 3_456, 5_000] {
        assert!(curve.iter().any(|point| point.point.step == step), "{step}");
    }
    // For a first paint it is not read from end to end, and what a page does not show is not read at all.
    world
        .place
        .execute(
            "UPDATE jobs SET metrics = '{\"train_loss\": 0.0, \"test_loss\": 0.0, \"baseline_loss\": 1.0, \"train_other\": 0.0}'",
        )
        .await;
    world
        .place
        .execute(
            "INSERT INTO job_metrics (job_id, seq, name, split, step, epoch, value, at)
             SELECT id, 6000, 'other', 'train', 1, 0, 0.5, created_at FROM jobs",
        )
        .await;
    let main = async |max, rough| jobs::main_curves(platform, ada, job, max, rough).await.unwrap();
    let rough = main(100, true).await;
    assert!((100..=102).contains(&rough.len()), "{}", rough.len());
    assert!(rough.iter().all(|point| point.point.name == "loss"), "the others are not shown");
    assert!(rough.is_sorted_by_key(|point| point.point.step));
    assert_eq!((rough[0].point.step, rough[rough.len() - 1].point.step), (1, 5_000));
    assert!(rough.iter().all(|point| (point.point.value - measured(point.point.step)).abs() < 1e-12));
    assert_eq!(main(5_000, true).await.len(), 5_000, "what is short enough is whole");
    let fine = main(80, false).await;
    assert!(fine.len() <= 84 && fine.iter().any(|point| point.point.step == 3_456), "its extremes are found");
    let rough = jobs::compare(platform, ada, &[job], CurvesOf { rough: true, ..curves("loss", 50) }).await.unwrap();
    assert!((50..=52).contains(&rough.curves[0].points.len()), "{}", rough.curves[0].points.len());
    let cem = Person::new(platform, "cem").await;
    assert_eq!(code(jobs::main_curves(platform, &cem, job, 100, true).await).as_str(), "not_found");
    let short = jobs::compare(platform, ada, &[job], curves("loss", 10_000)).await.unwrap();
    assert_eq!(short.curves[0].points.len(), 5_000, "what is short enough is exact");
    let other = jobs::compare(platform, ada, &[job], curves("accuracy", 100)).await.unwrap();
    assert_eq!((other.jobs.len(), other.curves.len()), (1, 0));
    let many = vec![job; 501];
    assert_eq!(code(jobs::compare(platform, ada, &many, curves("loss", 1)).await).as_str(), "validation_failed");
}
