//! What becomes of jobs that ended long ago.

use std::time::Duration;

use domain::{
    ErrorCode, JobId,
    job::{Continuation, JobState},
};
use platform::jobs::{self, MetricsQuery, Retained, Retention};

use crate::harness::{Engine, World, code, on_both};

on_both! {
    curves_keep_their_shape_and_checkpoints_go
    nothing_goes_before_its_time
}

async fn curve(world: &World, id: JobId) -> Vec<(u64, f64)> {
    let (points, _) = jobs::metrics(&world.platform, &world.ada, id, MetricsQuery::default()).await.unwrap();
    points.into_iter().map(|metric| (metric.point.step, metric.point.value)).collect()
}

async fn curves_keep_their_shape_and_checkpoints_go(engine: Engine) {
    let at_once = Retention { metrics: Some(Duration::ZERO), checkpoints: Some(Duration::ZERO) };
    let world = World::with(engine, |config| config.retention = at_once).await;
    let long = world.ada.submit(&world.platform, "epochs=1500 ms=0").await;
    let short = world.ada.submit(&world.platform, "epochs=20").await;
    world.wait_for(long, JobState::Completed).await;
    world.wait_for(short, JobState::Completed).await;
    let running = world.ada.submit(&world.platform, "epochs=100000 ms=5").await;
    world.wait_for(running, JobState::Running).await;
    let (before, untouched) = (curve(&world, long).await, curve(&world, short).await);
    assert_eq!(before.len(), 1_500);
    let folder = world.place.config().data_dir.join("jobs");
    assert!(folder.join(long.to_string()).exists());

    let done = jobs::retain(&world.platform).await.unwrap();
    let after = curve(&world, long).await;
    assert_eq!(done.jobs_without_checkpoints, 2);
    assert_eq!(done.points_removed as usize, before.len() - after.len());
    assert!((300..=1_000).contains(&after.len()), "{}", after.len());
    assert_eq!((after.first(), after.last()), (before.first(), before.last()));
    assert!(after.iter().all(|point| before.contains(point)));
    assert_eq!(curve(&world, short).await, untouched);
    for id in [long, short] {
        let job = jobs::get(&world.platform, &world.ada, id).await.unwrap();
        assert!(!job.summary.has_checkpoint);
        assert!(world.log(id).await.iter().any(|line| line.starts_with("Its checkpoints were removed")));
        assert!(!folder.join(id.to_string()).exists());
    }
    let more = Continuation { epochs: Some(1_600), max_seconds: None };
    assert_eq!(code(jobs::resume(&world.platform, &world.ada, long, &more).await), ErrorCode::Conflict);
    let job = jobs::get(&world.platform, &world.ada, running).await.unwrap();
    assert!(job.summary.has_checkpoint, "what trains is left alone");
    assert_eq!(jobs::retain(&world.platform).await.unwrap(), Retained::default());
    jobs::stop(&world.platform, &world.ada, running).await.unwrap();
    world.wait_for(running, JobState::Stopped).await;
}

async fn nothing_goes_before_its_time(engine: Engine) {
    let a_day = Some(Duration::from_hours(24));
    let world = World::with(engine, |config| config.retention = Retention { metrics: a_day, checkpoints: a_day }).await;
    let id = world.ada.submit(&world.platform, "epochs=5").await;
    world.wait_for(id, JobState::Completed).await;
    assert_eq!(jobs::retain(&world.platform).await.unwrap(), Retained::default());
    assert!(jobs::get(&world.platform, &world.ada, id).await.unwrap().summary.has_checkpoint);
}
