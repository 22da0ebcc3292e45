//! People who submit, stop, resume, continue and clone jobs, and ask again when they are not sure that they were heard.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{
    api::Api,
    ledger::{Counts, Ledger, hold},
    reference::{self, Reference},
    watcher::Watcher,
    work::{BAD, Script, Spec},
};
use crate::client::has_ended;

const POLL: Duration = Duration::from_millis(150);
/// Times that a failed job is resumed: full disks and killed trainers end.
const RESUMES: u32 = 8;

/// How a job must have ended.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// With the model that the spec gives; `before` are the epochs it was completed with before it was continued.
    Completed {
        spec: &'static Spec,
        epochs: u32,
        before: Option<u32>,
    },
    Stopped {
        spec: &'static Spec,
        epochs: u32,
    },
    Failed,
}

/// A job whose submission was acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Promise {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) end: End,
}

/// What all people of a round share.
pub(super) struct Town {
    pub(super) ledger: Arc<Ledger>,
    pub(super) reference: Arc<Reference>,
    pub(super) watchers: Mutex<Vec<Watcher>>,
    pub(super) promises: Mutex<Vec<Promise>>,
    /// Names of submissions without an answer: there may be a job of each, or not.
    pub(super) unsure: Mutex<Vec<String>>,
}

/// One person with one plan.
pub(super) struct Person {
    pub(super) town: Arc<Town>,
    pub(super) api: Api,
    pub(super) name: String,
    pub(super) spec: &'static Spec,
    pub(super) script: Script,
    /// Where on the way something is done: an epoch.
    pub(super) at_epoch: u64,
}

impl Person {
    /// Follows the plan to its end.
    pub(super) fn live(&self) {
        if let Err(error) = self.follow() {
            self.town.ledger.violation(format!("{} ({:?}): {error:#}", self.name, self.script));
        }
    }

    fn follow(&self) -> anyhow::Result<()> {
        let spec = if self.script == Script::Bad { &BAD } else { self.spec };
        let id = self.submit(spec)?;
        let completed = End::Completed { spec, epochs: spec.epochs, before: None };
        match self.script {
            Script::Plain | Script::Burst => self.completed(&id, spec, spec.epochs)?,
            Script::Bad => {
                let status = self.wait(&id, |status| has_ended(text(status, "status")))?;
                anyhow::ensure!(
                    status["status"] == "FAILED" && status["failure"] == self.town.reference.bad,
                    "a job on bad data must fail with that reason: {status}"
                );
                self.promise(&self.name, &id, End::Failed);
                return Ok(());
            }
            Script::Clone => {
                self.completed(&id, spec, spec.epochs)?;
                self.clone_of(&id, spec)?;
            }
            Script::StopAndResume => {
                self.stop(&id)?;
                self.resume(&id, &json!({}))?;
                self.completed(&id, spec, spec.epochs)?;
            }
            Script::Stop => {
                if self.stop(&id)? == "STOPPED" {
                    self.promise(&self.name, &id, End::Stopped { spec, epochs: spec.epochs });
                    return Ok(());
                }
                self.completed(&id, spec, spec.epochs)?;
            }
            Script::Continue => {
                self.completed(&id, spec, spec.epochs)?;
                self.resume(&id, &json!({"epochs": spec.continued}))?;
                self.completed(&id, spec, spec.continued)?;
                let end = End::Completed { spec, epochs: spec.continued, before: Some(spec.epochs) };
                self.promise(&self.name, &id, end);
                return Ok(());
            }
        }
        self.promise(&self.name, &id, completed);
        Ok(())
    }

    fn promise(&self, name: &str, id: &str, end: End) {
        hold(&self.town.promises).push(Promise { name: name.to_owned(), id: id.to_owned(), end });
    }

    /// One job, however often it is asked for.
    fn submit(&self, spec: &Spec) -> anyhow::Result<String> {
        let request = spec.request(&self.name, spec.epochs);
        let ask = || self.api.insist(|api| api.post("/api/training", &request, Some(&self.name)));
        let tries = if self.script == Script::Burst { 4 } else { 1 };
        let answers: Vec<anyhow::Result<(u16, Value)>> = thread::scope(|scope| {
            let asked: Vec<_> = (0..tries).map(|_| scope.spawn(ask)).collect();
            asked.into_iter().filter_map(|answer| answer.join().ok()).collect()
        });
        let mut ids = Vec::new();
        for answer in answers {
            let (status, body) = answer?;
            anyhow::ensure!(status == 201, "submitting: {status} {body}");
            ids.push(text(&body, "job_id").to_owned());
        }
        ids.dedup();
        anyhow::ensure!(ids.len() == 1, "one Idempotency-Key gave several jobs: {ids:?}");
        let id = ids.pop().unwrap_or_default();
        hold(&self.town.watchers).push(Watcher::start(self.api.clone(), &id));
        Ok(id)
    }

    /// Cloning has no key: who gets no answer tries once more under another name.
    fn clone_of(&self, id: &str, spec: &'static Spec) -> anyhow::Result<()> {
        let mut clone = None;
        for number in 0..20 {
            let name = format!("{}-clone{number}", self.name);
            match self.api.post(&format!("/api/training/{id}/clone"), &json!({"name": name}), None) {
                Some((201, body)) => {
                    clone = Some((name, text(&body, "job_id").to_owned()));
                    break;
                }
                Some((status, body)) => anyhow::bail!("cloning: {status} {body}"),
                None => hold(&self.town.unsure).push(name),
            }
            thread::sleep(POLL * 2);
        }
        let Some((name, id)) = clone else { return Ok(()) };
        hold(&self.town.watchers).push(Watcher::start(self.api.clone(), &id));
        self.completed(&id, spec, spec.epochs)?;
        self.promise(&name, &id, End::Completed { spec, epochs: spec.epochs, before: None });
        Ok(())
    }

    /// Asks it to stop once it has come far enough; gives the state that it ends in.
    fn stop(&self, id: &str) -> anyhow::Result<String> {
        self.wait(id, |status| status["epoch"].as_u64() >= Some(self.at_epoch) || has_ended(text(status, "status")))?;
        let (status, body) =
            self.api.insist(|api| api.post(&format!("/api/training/{id}/stop"), &Value::Null, None))?;
        anyhow::ensure!(status == 200, "stopping: {status} {body}");
        let ended = self.wait(id, |status| has_ended(text(status, "status")))?;
        let state = text(&ended, "status").to_owned();
        anyhow::ensure!(state != "FAILED" || self.is_true(&ended, id), "a job that was to stop failed: {ended}");
        Ok(state)
    }

    /// Lets it go on. Who is not sure that they were heard looks.
    fn resume(&self, id: &str, changes: &Value) -> anyhow::Result<()> {
        let path = format!("/api/training/{id}/resume");
        let before = self.status(id)?;
        if before["status"] == "COMPLETED" && changes["epochs"].is_null() {
            // It was completed before it could be stopped.
            return Ok(());
        }
        let (status, body) = self.api.insist(|api| api.post(&path, changes, None))?;
        if status == 200 {
            return Ok(());
        }
        // The first try was heard and its answer lost: it goes on, or has ended again by now.
        let now = self.status(id)?;
        let heard = now["attempt"] != before["attempt"]
            || now["last_seq"].as_u64() > before["last_seq"].as_u64()
            || now["total_epochs"] != before["total_epochs"];
        anyhow::ensure!(heard, "resuming: {status} {body}");
        Ok(())
    }

    /// Waits for its model, resuming it after failures that the faults explain, and asks the model.
    fn completed(&self, id: &str, spec: &'static Spec, epochs: u32) -> anyhow::Result<()> {
        for _ in 0..RESUMES {
            let status = self.wait(id, |status| has_ended(text(status, "status")))?;
            match text(&status, "status") {
                "COMPLETED" => return self.ask_model(&status, spec, epochs),
                "FAILED" => {
                    anyhow::ensure!(
                        self.is_true(&status, id),
                        "it failed and nothing explains it: {}",
                        status["failure"]
                    );
                    self.resume(id, &json!({}))?;
                }
                state => anyhow::bail!("it is {state} and nobody asked for that"),
            }
        }
        anyhow::bail!("it was resumed {RESUMES} times and is not completed")
    }

    /// Whether something was done to the job that explains its failure.
    fn is_true(&self, status: &Value, id: &str) -> bool {
        match text(&status["failure"], "code") {
            "storage" => self.town.ledger.counts.full_disks.load(std::sync::atomic::Ordering::SeqCst) > 0,
            "trainer_died" => self.town.ledger.suffered(id).deaths >= 3,
            _ => false,
        }
    }

    fn ask_model(&self, status: &Value, spec: &Spec, epochs: u32) -> anyhow::Result<()> {
        let expected = self.town.reference.run(spec, epochs);
        let told = reference::predictions(&self.api, status, spec)?;
        let sha256 = reference::sha256(&self.api, status)?;
        Counts::add(&self.town.ledger.counts.predictions);
        anyhow::ensure!(
            expected.is_some_and(|run| run.predictions == told),
            "the model says {told}, and that of an undisturbed run does not"
        );
        anyhow::ensure!(
            expected.is_some_and(|run| run.sha256 == sha256),
            "the weights are not those of an undisturbed run: {sha256}"
        );
        Ok(())
    }

    fn status(&self, id: &str) -> anyhow::Result<Value> {
        let (status, body) = self.api.insist(|api| api.get(&format!("/api/training/{id}")))?;
        anyhow::ensure!(status == 200, "looking at an acknowledged job: {status} {body}");
        Ok(body["status"].clone())
    }

    fn wait(&self, id: &str, until: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        loop {
            let status = self.status(id)?;
            if until(&status) {
                return Ok(status);
            }
            anyhow::ensure!(Instant::now() < self.api.deadline, "job {id} does not end: {status}");
            thread::sleep(POLL);
        }
    }
}

fn text<'a>(json: &'a Value, name: &str) -> &'a str {
    json[name].as_str().unwrap_or_default()
}
