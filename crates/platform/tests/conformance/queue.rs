//! Whose turn it is.

use std::{collections::HashMap, time::Duration};

use domain::job::JobState;
use platform::{Platform, jobs};

use crate::harness::{Engine, Person, World, on_both, wait_for};

on_both! {
    nobodys_many_jobs_starve_anothers_one
    ones_own_jobs_come_by_priority_then_age
    nobody_trains_more_than_the_limit
    many_jobs_are_each_trained_once
}

async fn attempts(platform: &Platform, who: &Person, ids: &[domain::JobId]) -> HashMap<u32, usize> {
    let mut count = HashMap::new();
    for id in ids {
        let job = jobs::get(platform, who, *id).await.unwrap();
        assert_eq!(job.summary.progress.status, JobState::Completed);
        *count.entry(job.summary.progress.attempt).or_default() += 1;
    }
    count
}

async fn nobodys_many_jobs_starve_anothers_one(engine: Engine) {
    let world = World::with(engine, |config| config.slots = 1).await;
    let bob = Person::new(&world.platform, "bob").await;
    let mut hers = Vec::new();
    for _ in 0..20 {
        hers.push(world.ada.submit(&world.platform, "epochs=2 ms=50").await);
    }
    let his = bob.submit(&world.platform, "epochs=1").await;
    wait_for(&world.platform, &bob, his, JobState::Completed).await;
    let mut waiting = 0;
    for id in hers {
        let job = jobs::get(&world.platform, &world.ada, id).await.unwrap();
        waiting += usize::from(job.summary.progress.status == JobState::Queued);
    }
    assert!(waiting >= 15, "only {waiting} of her jobs wait behind his");
}

async fn ones_own_jobs_come_by_priority_then_age(engine: Engine) {
    let world = World::with(engine, |config| config.slots = 1).await;
    let first = world.ada.submit(&world.platform, "epochs=1 ms=300").await;
    world.wait_for(first, JobState::Running).await;
    let mut ids = Vec::new();
    for priority in [0, -5, 7, 0] {
        let mut request = world.ada.request("epochs=1");
        request.priority = Some(priority);
        ids.push(jobs::submit(&world.platform, &world.ada, request, None).await.unwrap().summary.job_id);
    }
    let mut started = Vec::new();
    for id in &ids {
        let job = world.wait_for(*id, JobState::Completed).await;
        started.push((job.summary.progress.started_at.unwrap(), *id));
    }
    started.sort();
    let order: Vec<_> = started.into_iter().map(|(_, id)| id).collect();
    assert_eq!(order, [ids[2], ids[0], ids[3], ids[1]]);
}

async fn nobody_trains_more_than_the_limit(engine: Engine) {
    let world = World::with(engine, |config| (config.slots, config.jobs_per_user) = (4, Some(1))).await;
    let bob = Person::new(&world.platform, "bob").await;
    for _ in 0..3 {
        world.ada.submit(&world.platform, "epochs=100 ms=20").await;
    }
    bob.submit(&world.platform, "epochs=100 ms=20").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let (waiting, trained) = platform::queue::counts(&world.platform).await.unwrap();
    assert_eq!((waiting, trained), (2, 2));
}

async fn many_jobs_are_each_trained_once(engine: Engine) {
    let world = World::with(engine, |config| config.slots = 8).await;
    let mut ids = Vec::new();
    for _ in 0..60 {
        ids.push(world.ada.submit(&world.platform, "epochs=1 ms=0").await);
    }
    for id in &ids {
        world.wait_for(*id, JobState::Completed).await;
    }
    assert_eq!(attempts(&world.platform, &world.ada, &ids).await, HashMap::from([(1, 60)]));
}
