//! Lists: filters, orders, pages. The same on both engines, letters beyond ASCII and signs with a meaning included.

use domain::{experiment::ExperimentChanges, job::JobState};
use platform::{
    Error, ListFilter, Page, datasets, experiments,
    jobs::{self, JobFilter, JobOrder},
    models,
};

use crate::harness::{Engine, World, code, on_both, upload};

on_both! {
    pages_hold_every_job_once_in_every_order
    search_finds_what_is_contained_in_any_case
    datasets_are_found_by_name
    datasets_models_and_experiments_come_in_pages
    a_dataset_whose_profile_cannot_be_read_hides_nothing
}

const NAMES: [&str; 7] = ["beta", "Alpha", "élan", "ÉCLAIR", "100%", "a_b", "zeta"];

async fn world(engine: Engine) -> World {
    // Without an agent the jobs stay where they are.
    let world = World::new(engine).await.reopened().await;
    for name in NAMES {
        world.ada.submit(&world.platform, name).await;
    }
    world
}

async fn names(world: &World, filter: JobFilter) -> Vec<String> {
    let page = jobs::list(&world.platform, &world.ada, filter).await.unwrap();
    page.jobs.into_iter().map(|job| job.name).collect()
}

async fn pages_hold_every_job_once_in_every_order(engine: Engine) {
    let world = world(engine).await;
    for order in
        ["created_at", "-created_at", "name", "-name", "status", "-status", "loss", "-loss", "finished_at", "lr"]
    {
        let order = JobOrder::parse(order).unwrap();
        let mut filter = JobFilter { order: order.clone(), limit: 3, ..JobFilter::default() };
        let mut seen = Vec::new();
        loop {
            let page = jobs::list(&world.platform, &world.ada, filter.clone()).await.unwrap();
            assert_eq!(page.count, NAMES.len() as u64);
            seen.extend(page.jobs.into_iter().map(|job| job.name));
            match page.next_cursor {
                Some(cursor) => filter.cursor = Some(cursor),
                None => break,
            }
        }
        if order == JobOrder::parse("name").unwrap() {
            assert_eq!(seen, ["100%", "a_b", "Alpha", "beta", "zeta", "ÉCLAIR", "élan"]);
        }
        seen.sort();
        let mut all = NAMES.map(str::to_owned).to_vec();
        all.sort();
        assert_eq!(seen, all, "{order:?}");
    }
    let wrong = JobFilter { cursor: Some("x".into()), ..JobFilter::default() };
    assert_eq!(code(jobs::list(&world.platform, &world.ada, wrong).await.map(|_| ())).as_str(), "validation_failed");
}

async fn search_finds_what_is_contained_in_any_case(engine: Engine) {
    let world = world(engine).await;
    let search = |text: &str| JobFilter { search: Some(text.into()), ..JobFilter::default() };
    assert_eq!(names(&world, search("ETA")).await, ["zeta", "beta"]);
    assert_eq!(names(&world, search("é")).await, ["ÉCLAIR", "élan"]);
    assert_eq!(names(&world, search("Éc")).await, ["ÉCLAIR"]);
    assert_eq!(names(&world, search("%")).await, ["100%"]);
    assert_eq!(names(&world, search("_")).await, ["a_b"]);
    assert_eq!(names(&world, search("\\")).await, Vec::<String>::new());
    assert_eq!(names(&world, search("small")).await.len(), NAMES.len(), "the dataset's name counts too");
    let queued = JobFilter { state: Some(JobState::Queued), ..JobFilter::default() };
    assert_eq!(names(&world, queued).await.len(), NAMES.len());
    let running = JobFilter { state: Some(JobState::Running), ..JobFilter::default() };
    assert!(names(&world, running).await.is_empty());
    let dataset = JobFilter { dataset: Some(world.ada.dataset.id), ..JobFilter::default() };
    assert_eq!(names(&world, dataset).await.len(), NAMES.len());
}

async fn a_dataset_whose_profile_cannot_be_read_hides_nothing(engine: Engine) {
    let world = World::new(engine).await;
    let count = datasets::all(&world.platform, &world.ada).await.unwrap().len();
    world.place.execute(r#"UPDATE datasets SET profile = '{"rows":1e999}' WHERE owner_id IS NOT NULL"#).await;
    assert_eq!(datasets::all(&world.platform, &world.ada).await.unwrap().len(), count);
    let refused = jobs::submit(&world.platform, &world.ada, world.ada.request("epochs=1"), None).await.unwrap_err();
    assert!(refused.api().fields.contains_key("dataset"), "{refused:?}");
    datasets::delete(&world.platform, &world.ada, world.ada.dataset.id).await.unwrap();
}

async fn datasets_are_found_by_name(engine: Engine) {
    let world = World::new(engine).await;
    let newer = upload(&world.platform, &world.ada, "small").await;
    let found = datasets::find(&world.platform, &world.ada, "small").await.unwrap();
    assert_eq!(found.id, newer.id, "the newest of that name");
    let sample = datasets::find(&world.platform, &world.ada, "iris").await.unwrap();
    assert!(sample.sample);
    let mine = upload(&world.platform, &world.ada, "iris").await;
    assert_eq!(datasets::find(&world.platform, &world.ada, "iris").await.unwrap().id, mine.id, "one's own first");
    let list = datasets::all(&world.platform, &world.ada).await.unwrap();
    assert_eq!(list[0].id, mine.id);
    assert!(list.last().unwrap().sample);
}

/// The names on all pages of two, and how many were promised. Each page leads back to the one before it.
async fn paged<T, F>(words: &str, name: impl Fn(&T) -> &str, list: impl Fn(ListFilter) -> F) -> (Vec<String>, u64)
where
    F: Future<Output = Result<Page<T>, Error>>,
{
    let (mut seen, mut cursor) = (Vec::new(), None);
    let mut before = None;
    loop {
        let words = Some(words.to_owned());
        let page = list(ListFilter { words, cursor: cursor.clone(), limit: 2, both_ways: true }).await.unwrap();
        assert!(page.items.len() <= 2);
        assert_eq!(page.previous_cursor, before, "after {seen:?}");
        seen.extend(page.items.iter().map(|item| name(item).to_owned()));
        before = Some(cursor.unwrap_or_default());
        cursor = page.next_cursor;
        if cursor.is_none() {
            return (seen, page.count);
        }
    }
}

async fn datasets_models_and_experiments_come_in_pages(engine: Engine) {
    let world = World::new(engine).await;
    let (platform, ada) = (&world.platform, &world.ada);
    for name in ["Élan one", "second", "élan two"] {
        upload(platform, ada, name).await;
        let wanted = ExperimentChanges { name: Some(name.into()), ..ExperimentChanges::default() };
        experiments::create(platform, ada, wanted).await.unwrap();
        let job = ada.submit(platform, &format!("epochs=1 {name}")).await;
        world.wait_for(job, JobState::Completed).await;
    }

    let all: Vec<String> = datasets::all(platform, ada).await.unwrap().into_iter().map(|it| it.name).collect();
    let listed = |words: &'static str| {
        paged(
            words,
            |it: &domain::dataset::DatasetView| &it.name,
            async |filter| datasets::list(platform, ada, &filter).await,
        )
    };
    assert_eq!(listed("").await, (all.clone(), all.len() as u64));
    assert_eq!(all[..3], ["élan two", "second", "Élan one"]);
    assert_eq!(listed(" ÉLAN ").await, (vec!["élan two".to_owned(), "Élan one".to_owned()], 2));
    assert_eq!(listed("one élan").await.0, ["Élan one"]);
    let (samples, count) = listed("i").await;
    assert!(count >= 2 && samples.contains(&"iris".to_owned()) && samples.len() as u64 == count, "{samples:?}");

    let (found, count) = paged(
        "",
        |it: &domain::experiment::ExperimentView| &it.name,
        async |filter| experiments::list(platform, ada, &filter).await,
    )
    .await;
    assert_eq!((&found[..], count), (&["élan two", "second", "Élan one"].map(str::to_owned)[..], 3));
    let (found, _) = paged(
        "élan",
        |it: &domain::experiment::ExperimentView| &it.name,
        async |filter| experiments::list(platform, ada, &filter).await,
    )
    .await;
    assert_eq!(found, ["élan two", "Élan one"]);

    let listed = |words: &'static str| {
        paged(
            words,
            |it: &domain::model::ModelView| &it.name,
            async |filter| models::list(platform, ada, &filter).await,
        )
    };
    let (found, count) = listed("").await;
    assert_eq!((found.len(), count), (3, 3));
    assert!(found[0].contains("élan two") && found[2].contains("Élan one"), "newest first: {found:?}");
    assert_eq!(listed("ÉLAN").await.0.len(), 2);

    let first = ListFilter { limit: 1, ..ListFilter::default() };
    let cursor = datasets::list(platform, ada, &first).await.unwrap().next_cursor;
    for cursor in [cursor.clone(), Some("x".into()), Some("W10".into())] {
        let wrong = ListFilter { cursor, ..ListFilter::default() };
        assert_eq!(code(models::list(platform, ada, &wrong).await).as_str(), "validation_failed");
    }
    // The place is found again when what stood there is gone.
    let newest = datasets::find(platform, ada, "élan two").await.unwrap();
    datasets::delete(platform, ada, newest.id).await.unwrap();
    let rest = ListFilter { cursor, limit: 1, both_ways: true, ..ListFilter::default() };
    let rest = datasets::list(platform, ada, &rest).await.unwrap();
    assert_eq!((&rest.items[0].name[..], rest.previous_cursor), ("second", None), "nothing is before it any more");
}
