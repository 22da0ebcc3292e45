//! The life of a job: it ends COMPLETED, FAILED with a reason, or STOPPED by a person, whatever its trainer does.

use domain::{
    ErrorCode, JobId,
    job::{Continuation, FailureCode, JobSpec, JobState, JobStatus, Split, TrainingRequest},
};
use platform::{
    ListFilter,
    jobs::{self, IdempotencyKey, MetricsQuery},
    models,
};

use uuid::Uuid;

use crate::harness::{Engine, World, code, on_both};

on_both! {
    a_job_completes_with_curve_log_and_model
    a_trainer_that_dies_is_followed_by_one_that_goes_on
    three_deaths_are_enough
    a_failure_says_why_where_and_what_to_do
    nonsense_on_the_pipe_is_a_death
    stopping_keeps_a_checkpoint_and_resuming_goes_on_from_it
    a_waiting_job_stops_at_once
    a_job_that_reads_its_data_stops_at_once
    a_trainer_that_does_not_hear_is_killed
    retrying_begins_at_the_beginning
    a_completed_job_goes_on_for_more_epochs
    what_a_finished_model_said_stays_when_the_job_goes_back
    the_same_submission_sent_again_is_the_same_job
    a_clone_is_a_new_job
    deleting_is_refused_while_it_trains_and_takes_everything_with_it
    a_job_that_trains_for_too_long_is_ended
    a_server_that_stops_gives_its_jobs_back
    others_jobs_do_not_exist
    what_a_trainer_takes_is_sampled_in_each_attempt
}

async fn steps(world: &World, job: &JobStatus) -> Vec<u64> {
    let query = MetricsQuery { name: Some("loss".into()), ..MetricsQuery::default() };
    let (points, last) = jobs::metrics(&world.platform, &world.ada, job.summary.job_id, query).await.unwrap();
    assert_eq!(last, job.summary.last_seq);
    assert!(points.iter().all(|metric| metric.point.split == Split::Train && metric.seq <= last));
    points.iter().map(|metric| metric.point.step).collect()
}

async fn a_job_completes_with_curve_log_and_model(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=6").await;
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(steps(&world, &job).await, [10, 20, 30, 40, 50, 60]);
    let progress = &job.summary.progress;
    assert_eq!((progress.progress, progress.attempt, progress.step), (100.0, 1, 60));
    assert!(progress.finished_at >= progress.started_at && progress.started_at.is_some());
    assert_eq!(world.log(id).await, ["attempt 1 goes on from epoch 0", "Played to the end."]);
    let model = models::get(&world.platform, &world.ada, progress.model_id.unwrap()).await.unwrap();
    assert_eq!((model.job_id, model.size_bytes), (id, 7));
    let bundle = models::bundle(&world.platform, &world.ada, model.id).await.unwrap();
    assert_eq!(std::fs::read_to_string(bundle.path).unwrap(), "a model");
}

async fn a_trainer_that_dies_is_followed_by_one_that_goes_on(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=6 die@4").await;
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(job.summary.progress.attempt, 2);
    assert_eq!(steps(&world, &job).await, [10, 20, 30, 40, 50, 60]);
    let log = world.log(id).await;
    assert_eq!(log[1], "The trainer ended with code 7: the script says so (epoch 4, step 30).");
    assert_eq!(log[2], "attempt 2 goes on from epoch 3");
}

async fn three_deaths_are_enough(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=6 die_always@2").await;
    let job = world.wait_for(id, JobState::Failed).await;
    let failure = job.summary.progress.failure.unwrap();
    assert_eq!((job.summary.progress.attempt, failure.code), (3, FailureCode::TrainerDied));
    assert!(failure.message.contains("died 3 times") && failure.message.contains("the script says so"), "{failure:?}");
    assert_eq!(failure.location, "epoch 2, step 10");
    // A fresh start for somebody who believes that it will go better now.
    jobs::resume(&world.platform, &world.ada, id, &Continuation::default()).await.unwrap();
    let job = world.wait_for(id, JobState::Failed).await;
    assert_eq!(job.summary.progress.attempt, 6);
}

async fn a_failure_says_why_where_and_what_to_do(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "fail@3").await;
    let job = world.wait_for(id, JobState::Failed).await;
    let failure = job.summary.progress.failure.unwrap();
    assert_eq!(failure.message, "The script says so.");
    assert_eq!((failure.location.as_str(), failure.hint.as_str()), ("epoch 3", "Change the script."));
    assert_eq!(job.summary.progress.attempt, 1, "bad data is not tried again");
}

async fn nonsense_on_the_pipe_is_a_death(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=4 nonsense@2").await;
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(job.summary.progress.attempt, 2);
    assert!(world.log(id).await[1].contains("said something unreadable"));
}

async fn stopping_keeps_a_checkpoint_and_resuming_goes_on_from_it(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=60 ms=20").await;
    world.wait_for(id, JobState::Running).await;
    let asked = jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    assert!(asked.summary.progress.stopping);
    // Asking again changes nothing.
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    let stopped = world.wait_for(id, JobState::Stopped).await;
    let at = stopped.summary.progress.epoch;
    assert!(stopped.summary.has_checkpoint && at < 60, "{at}");
    let again = jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    assert_eq!(again.summary.last_seq, stopped.summary.last_seq, "stopping what has ended changes nothing");
    assert_eq!(code(jobs::get(&world.platform, &world.ada, JobId(Uuid::nil())).await), ErrorCode::NotFound);
    jobs::resume(&world.platform, &world.ada, id, &Continuation::default()).await.unwrap();
    let job = world.wait_for(id, JobState::Completed).await;
    assert!(world.log(id).await.contains(&format!("attempt 2 goes on from epoch {at}")));
    let expected: Vec<u64> = (1..=60).map(|epoch| epoch * 10).collect();
    assert_eq!(steps(&world, &job).await, expected);
}

async fn a_waiting_job_stops_at_once(engine: Engine) {
    let world = World::with(engine, |config| config.slots = 1).await;
    let first = world.ada.submit(&world.platform, "epochs=100 ms=20").await;
    let second = world.ada.submit(&world.platform, "epochs=2").await;
    let stopped = jobs::stop(&world.platform, &world.ada, second).await.unwrap();
    assert_eq!(stopped.summary.progress.status, JobState::Stopped);
    assert_eq!(stopped.summary.progress.attempt, 0);
    jobs::stop(&world.platform, &world.ada, first).await.unwrap();
    world.wait_for(first, JobState::Stopped).await;
}

async fn a_job_that_reads_its_data_stops_at_once(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "load_ms=60000").await;
    world.wait_for(id, JobState::Loading).await;
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    let stopped = world.wait_for(id, JobState::Stopped).await;
    assert_eq!(stopped.summary.progress.message, "Stopped while reading the data.");
}

async fn a_trainer_that_does_not_hear_is_killed(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=5 hang@3").await;
    world.wait_for(id, JobState::Running).await;
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    let stopped = world.wait_for(id, JobState::Stopped).await;
    assert!(stopped.summary.progress.message.contains("by force"), "{}", stopped.summary.progress.message);
}

async fn retrying_begins_at_the_beginning(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=60 ms=20").await;
    world.wait_for(id, JobState::Running).await;
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    world.wait_for(id, JobState::Stopped).await;
    let fresh = jobs::retry(&world.platform, &world.ada, id).await.unwrap();
    assert!(!fresh.summary.has_checkpoint);
    assert_eq!((fresh.summary.progress.epoch, fresh.summary.progress.loss), (0, None));
    let job = world.wait_for(id, JobState::Completed).await;
    assert!(world.log(id).await.contains(&"attempt 2 goes on from epoch 0".to_owned()));
    assert_eq!(steps(&world, &job).await.len(), 60);
}

async fn a_completed_job_goes_on_for_more_epochs(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "ms=1").await;
    let first = world.wait_for(id, JobState::Completed).await.summary.progress.model_id.unwrap();
    let resume = |epochs| {
        let changes = Continuation { epochs, max_seconds: None };
        let world = &world;
        async move { jobs::resume(&world.platform, &world.ada, id, &changes).await }
    };
    for epochs in [None, Some(3), Some(5), Some(1_000_000)] {
        let refused = resume(epochs).await.unwrap_err().api();
        assert!(refused.fields.contains_key("epochs"), "{epochs:?}: {refused:?}");
    }
    resume(Some(8)).await.unwrap();
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(job.summary.progress.total_epochs, 8);
    assert_eq!(steps(&world, &job).await, [10, 20, 30, 40, 50, 60, 70, 80]);
    let log = world.log(id).await;
    assert!(log.contains(&"ada let the job go on, for 8 epochs in all.".to_owned()), "{log:?}");
    assert!(log.contains(&"attempt 2 goes on from epoch 5".to_owned()), "{log:?}");
    let second = job.summary.progress.model_id.unwrap();
    assert_ne!(first, second);
    assert_eq!(
        models::list(&world.platform, &world.ada, &ListFilter::default()).await.unwrap().count,
        2,
        "the first model is still there"
    );
}

async fn what_a_finished_model_said_stays_when_the_job_goes_back(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "ms=1 report back").await;
    world.wait_for(id, JobState::Completed).await;
    let changes = Continuation { epochs: Some(8), max_seconds: None };
    jobs::resume(&world.platform, &world.ada, id, &changes).await.unwrap();
    world.wait_for(id, JobState::Completed).await;
    let (points, _) = jobs::metrics(&world.platform, &world.ada, id, MetricsQuery::default()).await.unwrap();
    let of = |split| points.iter().filter(move |metric| metric.point.split == split).map(|metric| metric.point.step);
    assert_eq!(of(Split::Test).collect::<Vec<_>>(), [50, 80]);
    assert_eq!(of(Split::Train).count(), 8);
}

async fn the_same_submission_sent_again_is_the_same_job(engine: Engine) {
    let world = World::new(engine).await;
    let key = IdempotencyKey::parse("8e03978e-40d5-43dd-bc93-6894a57f9324").unwrap();
    let request = world.ada.request("epochs=2");
    let submissions = (0..50).map(|_| jobs::submit(&world.platform, &world.ada, request.clone(), Some(&key)));
    let answers = futures::future::join_all(submissions).await;
    let ids: std::collections::HashSet<JobId> =
        answers.into_iter().map(|answer| answer.unwrap().summary.job_id).collect();
    assert_eq!(ids.len(), 1);
    let other = jobs::submit(&world.platform, &world.ada, world.ada.request("epochs=3"), Some(&key)).await;
    assert!(other.unwrap_err().api().fields.contains_key("Idempotency-Key"));
    let bob = crate::harness::Person::new(&world.platform, "bob").await;
    let his = jobs::submit(&world.platform, &bob, bob.request("epochs=2"), Some(&key)).await.unwrap();
    assert!(!ids.contains(&his.summary.job_id), "keys are one's own");
    let page = jobs::list(&world.platform, &world.ada, jobs::JobFilter::default()).await.unwrap();
    assert_eq!(page.count, 2);
}

async fn a_clone_is_a_new_job(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=3").await;
    world.wait_for(id, JobState::Completed).await;
    let clone = jobs::clone(&world.platform, &world.ada, id, TrainingRequest::default()).await.unwrap();
    assert_ne!(clone.summary.job_id, id);
    let job = world.wait_for(clone.summary.job_id, JobState::Completed).await;
    // What was chosen once is asked for now, and names tell them apart.
    let original = jobs::get(&world.platform, &world.ada, id).await.unwrap().params;
    assert_eq!(job.params, JobSpec { name: "epochs=3 (2)".into(), chosen: Vec::new(), ..original });
    let changes = TrainingRequest { lr: Some(0.5), name: Some("epochs=2".into()), ..TrainingRequest::default() };
    let changed = jobs::clone(&world.platform, &world.ada, id, changes).await.unwrap();
    assert_eq!((changed.params.lr, changed.params.name.as_str()), (0.5, "epochs=2"));
    assert_eq!(changed.params.features, job.params.features);
    let wrong = TrainingRequest { lr: Some(-1.0), ..TrainingRequest::default() };
    let refused = jobs::clone(&world.platform, &world.ada, id, wrong).await.unwrap_err().api();
    assert_eq!(refused.fields.keys().collect::<Vec<_>>(), ["lr"]);
}

async fn deleting_is_refused_while_it_trains_and_takes_everything_with_it(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=200 ms=20").await;
    world.wait_for(id, JobState::Running).await;
    assert_eq!(code(jobs::delete(&world.platform, &world.ada, id).await), ErrorCode::Conflict);
    let dataset = world.ada.dataset.id;
    let refused = platform::datasets::delete(&world.platform, &world.ada, dataset).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    world.wait_for(id, JobState::Stopped).await;
    let files = world.place.config().data_dir.join("jobs").join(id.to_string());
    assert!(files.exists());
    jobs::delete(&world.platform, &world.ada, id).await.unwrap();
    assert!(!files.exists());
    assert_eq!(code(jobs::get(&world.platform, &world.ada, id).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::logs(&world.platform, &world.ada, id, 0).await), ErrorCode::NotFound);
    platform::datasets::delete(&world.platform, &world.ada, dataset).await.unwrap();
}

async fn a_job_that_trains_for_too_long_is_ended(engine: Engine) {
    let world = World::new(engine).await;
    let mut request = world.ada.request("epochs=1000 ms=20");
    request.max_seconds = Some(2);
    let id = jobs::submit(&world.platform, &world.ada, request, None).await.unwrap().summary.job_id;
    let failed = world.wait_for(id, JobState::Failed).await;
    let failure = failed.summary.progress.failure.unwrap();
    assert_eq!(failure.code, FailureCode::TimeLimit);
    assert!(failure.message.contains("2 seconds"), "{failure:?}");
    assert!(failed.summary.has_checkpoint);
}

async fn a_server_that_stops_gives_its_jobs_back(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=60 ms=20").await;
    world.wait_for(id, JobState::Running).await;
    let mut world = world.reopened().await;
    let waiting = jobs::get(&world.platform, &world.ada, id).await.unwrap();
    assert_eq!(waiting.summary.progress.status, JobState::Queued);
    world.start();
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(job.summary.progress.attempt, 2);
    assert_eq!(steps(&world, &job).await.len(), 60);
}

async fn others_jobs_do_not_exist(engine: Engine) {
    let world = World::new(engine).await;
    // Ada was first and is the admin.
    let bob = crate::harness::Person::new(&world.platform, "bob").await;
    let eve = crate::harness::register(&world.platform, "eve").await;
    let id = bob.submit(&world.platform, "epochs=2").await;
    assert_eq!(code(jobs::get(&world.platform, &eve, id).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::stop(&world.platform, &eve, id).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::resume(&world.platform, &eve, id, &Continuation::default()).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::retry(&world.platform, &eve, id).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::clone(&world.platform, &eve, id, TrainingRequest::default()).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::delete(&world.platform, &eve, id).await), ErrorCode::NotFound);
    assert_eq!(code(jobs::usage(&world.platform, &eve, id).await), ErrorCode::NotFound);
    assert!(jobs::get(&world.platform, &world.ada, id).await.is_ok(), "admins see everything");
}

async fn what_a_trainer_takes_is_sampled_in_each_attempt(engine: Engine) {
    let world = World::new(engine).await;
    // Both attempts take longer than the second after which they are looked at.
    let id = world.ada.submit(&world.platform, "epochs=8 ms=800 die@4").await;
    let job = world.wait_for(id, JobState::Completed).await;
    assert_eq!(job.summary.progress.attempt, 2);
    let usage = jobs::usage(&world.platform, &world.ada, id).await.unwrap();
    let attempts: std::collections::BTreeSet<u32> = usage.iter().map(|sample| sample.attempt).collect();
    assert_eq!(attempts.into_iter().collect::<Vec<_>>(), [1, 2], "{usage:?}");
    assert!(usage.is_sorted_by_key(|sample| sample.at));
    assert!(usage.iter().all(|sample| sample.memory_bytes > 100_000 && (0.0..64.0).contains(&sample.cpu_cores)));
}
