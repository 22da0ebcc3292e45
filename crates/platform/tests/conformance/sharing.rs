//! What is shared with whom, and taken back.

use domain::{
    ErrorCode, JobId,
    experiment::ExperimentChanges,
    job::{JobChanges, JobState, TrainingRequest},
    share::{Access, SharedWith, Sharing},
    wire::socket::ServerMessage,
};
use platform::{
    ListFilter, datasets, events, experiments,
    jobs::{self, JobFilter},
    models, shares,
    users::Origin,
};

use crate::{
    harness::{Engine, Person, World, code, on_both},
    live::watch,
};

on_both! {
    what_is_shared_is_seen_and_changed_as_far_as_that_goes
}

async fn what_is_shared_is_seen_and_changed_as_far_as_that_goes(engine: Engine) {
    let world = World::new(engine).await;
    let platform = &world.platform;
    let (bea, cem) = (Person::new(platform, "bea").await, Person::new(platform, "cem").await);
    let here = Origin::default();
    let experiment = ExperimentChanges { name: Some("first".into()), ..ExperimentChanges::default() };
    let experiment = experiments::create(platform, &bea, experiment).await.unwrap();
    let inside = TrainingRequest { experiment_id: Some(experiment.id.to_string()), ..bea.request("epochs=1") };
    let inside = jobs::submit(platform, &bea, inside, None).await.unwrap().summary.job_id;
    let alone = bea.submit(platform, "epochs=1").await;
    let done = world.wait_for(inside, JobState::Completed).await;
    world.wait_for(alone, JobState::Completed).await;
    let model = done.summary.progress.model_id.unwrap();
    let seen = || async {
        let jobs = jobs::list(platform, &cem, JobFilter::default()).await.unwrap();
        let mut ids: Vec<JobId> = jobs.jobs.iter().map(|job| job.job_id).collect();
        assert_eq!(jobs.count as usize, ids.len());
        ids.sort();
        ids
    };
    assert!(seen().await.is_empty());
    // What a list shows, with words and without, and what it says that there is.
    let all = |words: Option<&str>| ListFilter { words: words.map(str::to_owned), ..ListFilter::default() };
    let lists = || async {
        let mut counted = Vec::new();
        for words in [None, Some("small")] {
            let found = datasets::list(platform, &cem, &all(words)).await.unwrap();
            assert_eq!(found.count as usize, found.items.len());
            counted.push(found.items.iter().filter(|dataset| dataset.id == bea.dataset.id).count());
        }
        for words in [None, Some("epochs")] {
            let found = models::list(platform, &cem, &all(words)).await.unwrap();
            assert_eq!(found.count as usize, found.items.len());
            counted.push(found.items.len());
        }
        for words in [None, Some("first")] {
            let found = experiments::list(platform, &cem, &all(words)).await.unwrap();
            assert_eq!(found.count as usize, found.items.len());
            counted.push(found.items.len());
        }
        counted
    };
    assert_eq!(lists().await, [0; 6], "of what belongs to others there is nothing");
    let mut feed = events::follow_user(platform, &cem);
    let share =
        |email: &str, access| Sharing { everyone: None, people: vec![SharedWith { email: email.into(), access }] };
    // Not by somebody else, not with nobody, not a sample.
    let refused = shares::set(platform, &cem, inside.0, share("cem@example.org", Access::Edit), &here).await;
    assert_eq!(code(refused), ErrorCode::NotFound);
    let refused = shares::set(platform, &bea, inside.0, share("nobody@example.org", Access::View), &here).await;
    assert_eq!(refused.unwrap_err().api().fields.into_keys().collect::<Vec<_>>(), ["people[0].email"]);

    shares::set(platform, &bea, experiment.id.0, share("CEM@example.org", Access::View), &here).await.unwrap();
    assert_eq!(seen().await, [inside]);
    assert!(models::get(platform, &cem, model).await.is_ok());
    assert_eq!(lists().await, [0, 0, 1, 1, 1, 1], "the model of the job in it, and not the other one");
    assert!(events::follow_job(platform, &cem, inside, 0).await.is_ok());
    let told = tokio::time::timeout(std::time::Duration::from_secs(5), feed.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(&*told, ServerMessage::JobStatus(job) if job.job_id == inside), "{told:?}");
    let rename = || JobChanges { name: Some("mine".into()), ..JobChanges::default() };
    assert_eq!(code(jobs::change(platform, &cem, inside, rename()).await), ErrorCode::Forbidden);
    assert_eq!(code(jobs::change(platform, &cem, alone, rename()).await), ErrorCode::NotFound);
    let view = shares::get(platform, &cem, inside.0).await.unwrap();
    assert_eq!((view.can_edit, view.can_share, view.owner.as_deref()), (false, false, Some("bea")));
    let first = shares::get(platform, &cem, experiment.id.0).await.unwrap();
    assert_eq!(first.sharing, Sharing::default(), "with whom else is nobody's business");

    shares::set(platform, &bea, inside.0, share("cem@example.org", Access::Edit), &here).await.unwrap();
    assert_eq!(jobs::change(platform, &cem, inside, rename()).await.unwrap().summary.name, "mine");
    assert_eq!(code(jobs::delete(platform, &cem, inside).await), ErrorCode::Forbidden);
    assert_eq!(code(models::delete(platform, &cem, model).await), ErrorCode::Forbidden);
    let onwards = shares::set(platform, &cem, inside.0, share("ada@example.org", Access::View), &here).await;
    assert_eq!(code(onwards), ErrorCode::Forbidden, "whoever may change it may not share it on");

    let everyone = Sharing { everyone: Some(Access::View), people: Vec::new() };
    shares::set(platform, &bea, bea.dataset.id.0, everyone, &here).await.unwrap();
    assert!(datasets::get(platform, &cem, bea.dataset.id).await.is_ok());
    assert_eq!(code(datasets::delete(platform, &cem, bea.dataset.id).await), ErrorCode::Forbidden);
    assert_eq!(lists().await[..2], [1, 1]);

    let mut watching = events::follow_job(platform, &cem, inside, 0).await.unwrap();
    watch(&mut watching).await;
    for thing in [experiment.id.0, inside.0] {
        shares::set(platform, &bea, thing, Sharing::default(), &here).await.unwrap();
    }
    assert!(seen().await.is_empty());
    assert_eq!(lists().await[2..], [0; 4]);
    assert_eq!(code(jobs::get(platform, &cem, inside).await), ErrorCode::NotFound);
    let ended = async { while watching.next().await.unwrap().is_some() {} };
    tokio::time::timeout(std::time::Duration::from_secs(5), ended).await.expect("whoever watched sees no more");
}
