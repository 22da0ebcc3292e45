//! Feeds: replay, then live, with no gap and no repeat.

use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};

use domain::{
    ErrorCode,
    job::{JobState, Point},
    wire::socket::ServerMessage,
};
use platform::{
    events::{self, JobFeed},
    jobs::{self, MetricsQuery},
};
use tokio::time::timeout;

use crate::harness::{Engine, World, code, on_both};

on_both! {
    a_watcher_sees_every_point_once
    a_late_watcher_reads_what_it_missed
    a_long_history_is_told_piece_by_piece
    a_deleted_job_ends_its_feed
    whoever_goes_away_while_a_transaction_begins_leaves_none_behind
    lists_follow_jobs
    strangers_watch_nothing
}

/// Steps and log lines until the job has ended and nothing more comes.
pub async fn watch(feed: &mut JobFeed) -> (Vec<u64>, Vec<String>) {
    let (mut steps, mut lines, mut newest) = (Vec::new(), Vec::new(), 0);
    let mut patience = Duration::from_secs(20);
    while let Ok(message) = timeout(patience, feed.next()).await {
        let message = message.unwrap().unwrap();
        let (_, seq) = message.position().unwrap();
        assert!(seq >= newest, "{seq} after {newest}");
        newest = seq;
        match &*message {
            ServerMessage::JobUpdate { metrics, status, at, times, .. } => {
                let timed: u32 = times.iter().map(|(count, _)| count).sum();
                assert!(at.is_some() && timed == 0 || timed as usize == metrics.len(), "{message:?}");
                steps.extend(metrics.iter().map(|Point { step, .. }| *step));
                if status.is_terminal() {
                    patience = Duration::from_millis(500);
                }
            }
            ServerMessage::JobLog { text, .. } => lines.push(text.clone()),
            other => panic!("{other:?}"),
        }
    }
    assert!(patience < Duration::from_secs(1), "it has not ended");
    (steps, lines)
}

async fn a_watcher_sees_every_point_once(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=40 ms=5").await;
    let mut feed = events::follow_job(&world.platform, &world.ada, id, 0).await.unwrap();
    let (steps, _) = watch(&mut feed).await;
    assert_eq!(steps, (1..=40).map(|epoch| epoch * 10).collect::<Vec<u64>>());
}

async fn a_late_watcher_reads_what_it_missed(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=40 ms=1").await;
    let job = world.wait_for(id, JobState::Completed).await;
    let mut feed = events::follow_job(&world.platform, &world.ada, id, 0).await.unwrap();
    let (steps, lines) = watch(&mut feed).await;
    assert_eq!(steps.len(), 40);
    assert_eq!(lines.len(), 2);
    let half = job.summary.last_seq / 2;
    let mut feed = events::follow_job(&world.platform, &world.ada, id, half).await.unwrap();
    let (steps, _) = watch(&mut feed).await;
    assert!(steps.len() < 40, "only what came after {half}");
}

async fn a_long_history_is_told_piece_by_piece(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=1 chatter=11000").await;
    world.wait_for(id, JobState::Completed).await;
    let mut feed = events::follow_job(&world.platform, &world.ada, id, 0).await.unwrap();
    let (mut chatter, mut lines, mut longest) = (Vec::new(), 0, 0);
    while let Ok(message) = timeout(Duration::from_secs(2), feed.next()).await {
        match &*message.unwrap().unwrap() {
            ServerMessage::JobUpdate { metrics, .. } => {
                longest = longest.max(metrics.len());
                chatter.extend(metrics.iter().filter(|point| point.name == "chatter").map(|point| point.step));
            }
            ServerMessage::JobLog { text, .. } => lines += usize::from(text.starts_with("line ")),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(chatter, (1..=11_000).collect::<Vec<u64>>());
    assert_eq!(lines, 11_000);
    assert!(longest <= 5_000, "{longest} points in one message");
}

async fn a_deleted_job_ends_its_feed(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=1").await;
    world.wait_for(id, JobState::Completed).await;
    let mut feed = events::follow_job(&world.platform, &world.ada, id, 0).await.unwrap();
    watch(&mut feed).await;
    jobs::delete(&world.platform, &world.ada, id).await.unwrap();
    let deleted = timeout(Duration::from_secs(8), feed.next()).await.unwrap().unwrap();
    assert_eq!(deleted.as_deref(), Some(&ServerMessage::JobDeleted { job_id: id }));
    assert!(feed.next().await.unwrap().is_none());
}

/// Waits until `future` has had to wait for something more than `patience` times, and drops it.
async fn abandoned(patience: usize, future: impl Future) {
    let (mut future, mut waited) = (pin!(future), 0);
    poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(()),
        Poll::Pending if waited == patience => Poll::Ready(()),
        Poll::Pending => {
            waited += 1;
            Poll::Pending
        }
    })
    .await;
}

async fn whoever_goes_away_while_a_transaction_begins_leaves_none_behind(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=1").await;
    world.wait_for(id, JobState::Completed).await;
    let (platform, ada) = (&world.platform, &world.ada);
    for patience in 0..12 {
        for _ in 0..4 {
            abandoned(patience, jobs::metrics(platform, ada, id, MetricsQuery::default())).await;
        }
        // A connection that is left within a transaction shows what was there when it began.
        let new = ada.submit(platform, "epochs=1").await;
        for _ in 0..20 {
            let seen = jobs::get(platform, ada, new).await;
            assert!(seen.is_ok(), "after {patience} waits: an acknowledged job is not there: {seen:?}");
        }
        for _ in 0..4 {
            abandoned(patience, jobs::stop(platform, ada, id)).await;
        }
        let new = ada.submit(platform, "epochs=1").await;
        world.wait_for(new, JobState::Completed).await;
    }
}

async fn lists_follow_jobs(engine: Engine) {
    let world = World::new(engine).await;
    let mut list = events::follow_user(&world.platform, &world.ada);
    let id = world.ada.submit(&world.platform, "epochs=3 ms=50").await;
    let mut states = Vec::new();
    while states.last() != Some(&JobState::Completed) {
        let message = timeout(Duration::from_secs(20), list.next()).await.unwrap().unwrap().unwrap();
        let ServerMessage::JobStatus(job) = &*message else { panic!("{message:?}") };
        assert_eq!(job.job_id, id);
        states.push(job.progress.status);
    }
    states.dedup();
    let order = [JobState::Queued, JobState::Starting, JobState::Loading, JobState::Running, JobState::Completed];
    let place = |state: &JobState| order.iter().position(|known| known == state).unwrap();
    assert!(states.is_sorted_by_key(place), "{states:?}");
}

async fn strangers_watch_nothing(engine: Engine) {
    let world = World::new(engine).await;
    crate::harness::register(&world.platform, "bob").await;
    let eve = crate::harness::register(&world.platform, "eve").await;
    let id = world.ada.submit(&world.platform, "epochs=1").await;
    assert_eq!(code(events::follow_job(&world.platform, &eve, id, 0).await.map(|_| ())), ErrorCode::NotFound);
    let mut list = events::follow_user(&world.platform, &eve);
    world.wait_for(id, JobState::Completed).await;
    assert!(timeout(Duration::from_millis(300), list.next()).await.is_err(), "nothing of hers is in his list");
}
