//! Several processes on one PostgreSQL: here several platforms, each with its agent, in one process.

use std::{collections::HashSet, time::Duration};

use domain::{
    JobId,
    job::JobState,
    share::{Access, SharedWith, Sharing},
    wire::socket::ServerMessage,
};
use platform::{events, jobs, shares, users::Origin};

use crate::{
    harness::{Engine, Person, Place, register, wait_for},
    live::watch,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_agents_share_the_queue_without_double_work() {
    let place = Place::new(Engine::Postgres);
    let mut platforms = Vec::new();
    for _ in 0..4 {
        platforms.push(place.open().await);
    }
    let ada = Person::new(&platforms[0], "ada").await;
    let running: Vec<_> = platforms.iter().map(platform::Platform::start).collect();
    let mut ids: Vec<JobId> = Vec::new();
    for number in 0..60 {
        ids.push(ada.submit(&platforms[number % 2], "epochs=3 ms=5").await);
    }
    for id in &ids {
        let job = wait_for(&platforms[3], &ada, *id, JobState::Completed).await;
        assert_eq!(job.summary.progress.attempt, 1);
        let log = jobs::logs(&platforms[3], &ada, *id, 0).await.unwrap();
        assert_eq!(log.len(), 2, "{log:?}");
    }
    for running in running {
        running.shutdown().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watcher_elsewhere_sees_every_point_once_and_a_stop_arrives() {
    let place = Place::new(Engine::Postgres);
    let (front, worker) = (place.open_with(|config| config.slots = 1).await, place.open().await);
    let ada = Person::new(&front, "ada").await;
    // Only the worker trains; the front listens.
    let trains = worker.start();
    let fills = ada.submit(&worker, "epochs=1").await;
    wait_for(&worker, &ada, fills, JobState::Completed).await;
    let listens = front.start();
    let first = ada.submit(&front, "epochs=400 ms=10").await;
    let second = ada.submit(&front, "epochs=400 ms=10").await;
    let mut feeds = Vec::new();
    for id in [first, second] {
        feeds.push((id, events::follow_job(&front, &ada, id, 0).await.unwrap()));
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    for id in [first, second] {
        jobs::stop(&front, &ada, id).await.unwrap();
    }
    for (id, mut feed) in feeds {
        let (steps, _) = watch(&mut feed).await;
        let job = jobs::get(&front, &ada, id).await.unwrap();
        let expected: Vec<u64> = (1..=u64::from(job.summary.progress.epoch)).map(|epoch| epoch * 10).collect();
        assert_eq!(steps, expected);
        assert!(steps.len() < 400, "the stop arrived");
    }
    listens.shutdown().await;
    trains.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_shared_and_taken_back_elsewhere_is_known_here_at_once() {
    let place = Place::new(Engine::Postgres);
    let (front, worker) = (place.open().await, place.open().await);
    let bea = Person::new(&worker, "bea").await;
    let cem = register(&worker, "cem").await;
    let (trains, listens) = (worker.start(), front.start());
    let id = bea.submit(&worker, "epochs=1").await;
    wait_for(&worker, &bea, id, JobState::Completed).await;
    let mut list = events::follow_user(&front, &cem);
    assert!(tokio::time::timeout(Duration::from_millis(300), list.next()).await.is_err(), "nothing is shared yet");
    let with_cem = SharedWith { email: "cem@example.org".into(), access: Access::View };
    let shared = Sharing { everyone: None, people: vec![with_cem] };
    shares::set(&worker, &bea, id.0, shared, &Origin::default()).await.unwrap();
    let told = at_once(list.next()).await.unwrap().unwrap();
    assert!(matches!(&*told, ServerMessage::JobStatus(job) if job.job_id == id), "{told:?}");
    let mut watching = events::follow_job(&front, &cem, id, 0).await.unwrap();
    watch(&mut watching).await;
    shares::set(&worker, &bea, id.0, Sharing::default(), &Origin::default()).await.unwrap();
    at_once(async { while watching.next().await.unwrap().is_some() {} }).await;
    listens.shutdown().await;
    trains.shutdown().await;
}

/// Sooner than whoever is told nothing would look into the database.
async fn at_once<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_millis(1_500), future).await.expect("nothing was told")
}

#[test]
fn the_jobs_of_an_agent_that_is_gone_are_taken_over_within_its_lease() {
    let place = Place::new(Engine::Postgres);
    let doomed = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let survivor = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (ada, ids, running) = doomed.block_on(async {
        let platform = place.open().await;
        let ada = Person::new(&platform, "ada").await;
        let running = platform.start();
        let mut ids = Vec::new();
        for _ in 0..2 {
            let id = ada.submit(&platform, "epochs=200 ms=20").await;
            wait_for(&platform, &ada, id, JobState::Running).await;
            ids.push(id);
        }
        (ada, ids, running)
    });
    survivor.block_on(async {
        let platform = place.open().await;
        let other = platform.start();
        tokio::time::sleep(Duration::from_millis(500)).await;
        for id in &ids {
            let job = jobs::get(&platform, &ada, *id).await.unwrap();
            assert_eq!(job.summary.progress.attempt, 1, "a lease that is renewed is left alone");
        }
        // As when a machine loses its power: nothing is said.
        std::mem::forget(running);
        doomed.shutdown_background();
        let died = std::time::Instant::now();
        let mut agents = HashSet::new();
        for id in &ids {
            let job = loop {
                let job = jobs::get(&platform, &ada, *id).await.unwrap();
                if job.summary.progress.attempt == 2 {
                    break job;
                }
                assert!(died.elapsed() < Duration::from_secs(3 + 5), "{:#?}", job.summary.progress);
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            agents.insert(job.summary.progress.attempt);
            let log = jobs::logs(&platform, &ada, *id, 0).await.unwrap();
            assert!(log.iter().any(|line| line.text.contains("The lease ran out")), "{log:?}");
        }
        assert_eq!(agents, HashSet::from([2]));
        for id in &ids {
            let job = wait_for(&platform, &ada, *id, JobState::Completed).await;
            assert_eq!(job.summary.progress.step, 2000);
        }
        other.shutdown().await;
    });
}
