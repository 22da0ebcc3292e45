//! Backing up beside a server at work, restoring elsewhere and into the other engine, and what the doctor finds.

use std::{fs, path::Path};

use domain::{Principal, job::JobState, user::Login};
use platform::{
    Platform,
    admin::{self, Check, Site, backup, doctor, restore},
    datasets, jobs, models, users,
};
use tempfile::TempDir;

use crate::harness::{Engine, Place, World, on_both, wait_for};

on_both! {
    what_is_backed_up_at_work_goes_on_elsewhere
    a_backup_goes_into_the_other_engine_and_back
    backups_while_checkpoints_come_and_go_are_whole
    a_damaged_or_misplaced_backup_is_refused
    a_backup_names_a_file_that_is_missing
    the_doctor_finds_nothing_where_nothing_is_wrong
    the_doctor_finds_what_is_wrong
    the_queue_is_printed
}

fn other(engine: Engine) -> Engine {
    if engine == Engine::Sqlite { Engine::Postgres } else { Engine::Sqlite }
}

async fn sign_in(platform: &Platform, name: &str) -> Principal {
    let form = Login { email: format!("{name}@example.org"), password: "correct horse".into(), code: None };
    let signed_in = users::login(platform, form, &users::Origin::default()).await.unwrap();
    users::authenticate(platform, &signed_in.token).await.unwrap()
}

async fn what_is_backed_up_at_work_goes_on_elsewhere(engine: Engine) {
    let world = World::new(engine).await;
    let done = world.ada.submit(&world.platform, "epochs=2").await;
    let done = world.wait_for(done, JobState::Completed).await;
    let id = world.ada.submit(&world.platform, "epochs=300 ms=20").await;
    while jobs::get(&world.platform, &world.ada, id).await.unwrap().summary.progress.epoch < 3 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup.tar.gz");
    let made = backup(&world.place.site(), &file).await.unwrap();
    assert!(made.rows > 10 && made.files > 5, "{made:?}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let going_on = jobs::get(&world.platform, &world.ada, id).await.unwrap();
    assert_eq!(going_on.summary.progress.status, JobState::Running, "nobody noticed");

    let elsewhere = Place::new(engine);
    let restored = restore(&file, &elsewhere.site()).await.unwrap();
    assert_eq!((restored.requeued, restored.rows), (1, made.rows));
    let platform = elsewhere.open().await;
    let ada = sign_in(&platform, "ada").await;
    let waiting = jobs::get(&platform, &ada, id).await.unwrap();
    assert_eq!(waiting.summary.progress.status, JobState::Queued);
    assert!(waiting.summary.progress.epoch > 0);
    let model = models::get(&platform, &ada, done.summary.progress.model_id.unwrap()).await.unwrap();
    let bundle = models::bundle(&platform, &ada, model.id).await.unwrap();
    assert_eq!(fs::read(bundle.path).unwrap(), b"a model");
    assert_eq!(
        datasets::all(&platform, &ada).await.unwrap(),
        datasets::all(&world.platform, &world.ada).await.unwrap()
    );
    let before = jobs::metrics(&world.platform, &world.ada, done.summary.job_id, jobs::MetricsQuery::default()).await;
    let after = jobs::metrics(&platform, &ada, done.summary.job_id, jobs::MetricsQuery::default()).await;
    assert_eq!(after.unwrap(), before.unwrap());
    let running = platform.start();
    let job = wait_for(&platform, &ada, id, JobState::Completed).await;
    assert_eq!(job.summary.progress.attempt, 2);
    running.shutdown().await;
}

async fn a_backup_goes_into_the_other_engine_and_back(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=4").await;
    world.wait_for(id, JobState::Completed).await;
    let world = world.reopened().await;
    let folder = TempDir::new().unwrap();
    let there = Place::new(other(engine));
    let back = Place::new(engine);
    for (from, to, name) in [(&world.place, &there, "there.tar"), (&there, &back, "back.tar")] {
        let file = folder.path().join(name);
        backup(&from.site(), &file).await.unwrap();
        restore(&file, &to.site()).await.unwrap();
    }
    assert_eq!(rows(&folder.path().join("there.tar")), rows(&folder.path().join("back.tar")));
    let platform = back.open().await;
    let ada = sign_in(&platform, "ada").await;
    assert_eq!(
        jobs::get(&platform, &ada, id).await.unwrap(),
        jobs::get(&world.platform, &world.ada, id).await.unwrap()
    );
}

/// Every line of every table.
fn rows(archive: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in tar::Archive::new(fs::File::open(archive).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        if entry.path().unwrap().starts_with("database") {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            lines.extend(text.lines().map(str::to_owned));
        }
    }
    lines.sort();
    lines
}

async fn backups_while_checkpoints_come_and_go_are_whole(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=100000 ms=1").await;
    world.wait_for(id, JobState::Running).await;
    let folder = TempDir::new().unwrap();
    for number in 0..5 {
        let file = folder.path().join(format!("{number}.tar"));
        backup(&world.place.site(), &file).await.unwrap();
        let place = Place::new(engine);
        restore(&file, &place.site()).await.unwrap();
        let found = doctor(&place.site(), false).await.unwrap();
        let wrong: Vec<_> = found.iter().filter(|finding| finding.check == Check::Wrong).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
    world.wait_for(id, JobState::Stopped).await;
}

async fn a_damaged_or_misplaced_backup_is_refused(engine: Engine) {
    let place = Place::new(engine);
    drop(place.open().await);
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("backup.tar");
    backup(&place.site(), &file).await.unwrap();
    let refused = restore(&file, &place.site()).await.unwrap_err().to_string();
    assert!(refused.contains("not empty"), "{refused}");
    if let Some(url) = place.site().database_url {
        let site = Site { data_dir: folder.path().join("new"), database_url: Some(url) };
        let refused = restore(&file, &site).await.unwrap_err().to_string();
        assert!(refused.contains("database is not empty"), "{refused}");
        assert!(!site.data_dir.exists());
    }
    let whole = fs::read(&file).unwrap();
    let at = whole.windows(4).position(|bytes| bytes == b"iris").unwrap();
    let mut damaged = whole.clone();
    damaged[at] = b'I';
    let new = Place::new(engine);
    for (bytes, why) in [(&damaged[..], "SHA-256"), (&whole[..whole.len() / 2], "cannot be"), (b"no tar", "cannot be")]
    {
        fs::write(&file, bytes).unwrap();
        let refused = restore(&file, &new.site()).await.unwrap_err().to_string();
        assert!(refused.contains(why) && refused.contains("nothing was written"), "{refused}");
        assert_eq!(fs::read_dir(&new.site().data_dir).unwrap().count(), 0);
    }
    fs::write(&file, &whole).unwrap();
    restore(&file, &new.site()).await.unwrap();
}

async fn a_backup_names_a_file_that_is_missing(engine: Engine) {
    let world = World::new(engine).await;
    let path = world.place.config().data_dir.join("datasets").join(world.ada.dataset.id.to_string());
    fs::remove_file(&path).unwrap();
    let folder = TempDir::new().unwrap();
    let refused = backup(&world.place.site(), &folder.path().join("a.tar")).await.unwrap_err().to_string();
    assert!(refused.contains(&world.ada.dataset.id.to_string()) && refused.contains("missing"), "{refused}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "half a backup is none");
}

async fn the_doctor_finds_nothing_where_nothing_is_wrong(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=3").await;
    world.wait_for(id, JobState::Completed).await;
    let found = doctor(&world.place.site(), false).await.unwrap();
    let wrong: Vec<_> = found.iter().filter(|finding| finding.check == Check::Wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found.iter().any(|finding| finding.sentence.contains("is running on this data directory")));
}

async fn the_doctor_finds_what_is_wrong(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=3").await;
    let job = world.wait_for(id, JobState::Completed).await;
    let world = world.reopened().await;
    let root = world.place.config().data_dir;
    let dataset = root.join("datasets").join(world.ada.dataset.id.to_string());
    let bytes = fs::read(&dataset).unwrap();
    let mut changed = bytes.clone();
    changed[10] ^= 1;
    fs::write(&dataset, &changed).unwrap();
    let model = root.join("models").join(job.summary.progress.model_id.unwrap().to_string());
    fs::remove_file(model.join("bundle.zip")).unwrap();
    fs::remove_dir_all(root.join("jobs").join(id.to_string())).unwrap();
    fs::write(root.join("datasets/stranger"), "x").unwrap();
    fs::write(root.join("secrets/pepper"), "short").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(root.join("models"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let found = doctor(&world.place.site(), true).await.unwrap();
    let wrong: Vec<&str> =
        found.iter().filter(|finding| finding.check == Check::Wrong).map(|finding| finding.sentence.as_str()).collect();
    for part in
        ["SHA-256", "bundle.zip, is missing", "not on disk", "stranger belongs to no row", "pepper", "chmod 700"]
    {
        assert!(wrong.iter().any(|sentence| sentence.contains(part)), "{part}: {wrong:#?}");
    }
    let shallow = doctor(&world.place.site(), false).await.unwrap();
    assert!(!shallow.iter().any(|finding| finding.sentence.contains("is damaged")), "only --deep reads files");
    fs::write(&dataset, &bytes[..bytes.len() - 1]).unwrap();
    let shallow = doctor(&world.place.site(), false).await.unwrap();
    assert!(shallow.iter().any(|finding| finding.sentence.contains("bytes, not")), "{shallow:#?}");
}

async fn the_queue_is_printed(engine: Engine) {
    let world = World::new(engine).await;
    let id = world.ada.submit(&world.platform, "epochs=2000 ms=20").await;
    world.wait_for(id, JobState::Running).await;
    let lines = admin::dump_state(&world.place.site()).await.unwrap();
    let job = lines.iter().find(|line| line["job"] == id.to_string()).unwrap();
    assert_eq!((&job["state"], &job["attempt"]), (&"RUNNING".into(), &1.into()));
    assert_eq!(job["spec"]["name"], "epochs=2000 ms=20");
    assert!(job["lease_owner"].is_string());
    assert!(lines.iter().any(|line| line["user"] == world.ada.user_id.to_string()));
    jobs::stop(&world.platform, &world.ada, id).await.unwrap();
}
