//! Experiments by HTTP: made, filled, compared, changed, removed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Server, answer, assert_refused};

#[tokio::test]
async fn an_experiment_holds_jobs_and_compares_them() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let (status, made) = ada.post("/api/experiments", &json!({"name": "first", "tags": ["iris"]})).await;
    assert_eq!(status, 201, "{made}");
    let id = made["experiment"]["id"].as_str().unwrap().to_owned();
    let mut jobs = Vec::new();
    for lr in [0.001, 0.1] {
        let request = json!({"dataset": "iris", "epochs": 3, "lr": lr, "model": "linear", "experiment_id": id});
        jobs.push(ada.train(request).await);
    }
    let outside = ada.train(json!({"dataset": "iris", "epochs": 3, "model": "linear"})).await;
    for job in jobs.iter().chain([&outside]) {
        ada.wait_for(job, "COMPLETED").await;
    }
    let path = format!("/api/experiments/{id}");
    let (_, all) = ada.get("/api/experiments").await;
    assert_eq!((&all["count"], &all["experiments"][0]["jobs"]), (&json!(1), &json!(2)), "{all:#}");
    let (status, compared) = ada.get(&format!("{path}/compare?metric=accuracy&split=validation")).await;
    assert_eq!(status, 200, "{compared}");
    let rates: Vec<&Value> = jobs_of(&compared).iter().map(|job| &job["parameters"]["lr"]).collect();
    assert_eq!(rates, [&json!(0.1), &json!(0.001)]);
    assert_eq!(compared["curves"][0]["points"].as_array().unwrap().len(), 3, "{compared:#}");
    let asked = format!("{path}/compare?jobs={},{outside}", jobs[0]);
    let (_, compared) = ada.get(&asked).await;
    assert_eq!(jobs_of(&compared).len(), 1, "what is not in it is not compared: {compared:#}");
    assert_refused(&ada.get(&format!("{path}/compare?split=all")).await, 422, "validation_failed");
    assert_refused(&ada.get(&format!("{path}/compare?jobs=x")).await, 422, "validation_failed");

    let note = json!({"note": "# Found\n0.1 is better"});
    let (status, changed) = answer(ada.request(Method::PATCH, &path).json(&note)).await;
    assert_eq!((status, &changed["experiment"]["name"]), (200, &json!("first")), "{changed}");
    let wrong = answer(ada.request(Method::PATCH, &path).json(&json!({"name": "", "colour": "red"}))).await;
    assert_refused(&wrong, 422, "validation_failed");
    assert_refused(&ada.post("/api/experiments", &json!({})).await, 422, "validation_failed");
    let bea = server.person("bea").await;
    assert_refused(&bea.get(&path).await, 404, "not_found");
    assert_refused(&bea.get(&format!("{path}/compare")).await, 404, "not_found");

    assert_eq!(ada.delete(&path).await.0, 200);
    assert_refused(&ada.get(&path).await, 404, "not_found");
    assert_eq!(ada.get(&format!("/api/training/{}", jobs[0])).await.1["status"]["experiment_id"], Value::Null);
}

fn jobs_of(compared: &Value) -> &Vec<Value> {
    compared["jobs"].as_array().unwrap()
}

#[tokio::test]
async fn jobs_are_labelled_and_found_by_a_query() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let request = |lr: f64| json!({"dataset": "iris", "epochs": 2, "lr": lr, "model": "linear", "tags": ["sweep"]});
    let (slow, quick) = (ada.train(request(0.001)).await, ada.train(request(0.2)).await);
    ada.wait_for(&slow, "COMPLETED").await;
    ada.wait_for(&quick, "COMPLETED").await;
    let path = format!("/api/training/{slow}");
    let labels = json!({"name": "slow one", "tags": ["sweep", "baseline"], "note": "*why*"});
    let (status, changed) = answer(ada.request(Method::PATCH, &path).json(&labels)).await;
    assert_eq!(
        (status, &changed["status"]["name"], &changed["status"]["note"]),
        (200, &json!("slow one"), &json!("*why*"))
    );
    let found = async |query: &str| {
        let (status, page) = ada.get(&format!("/api/training/jobs?query={query}")).await;
        assert_eq!(status, 200, "{query}: {page}");
        let ids = page["jobs"].as_array().unwrap().iter().map(|job| job["job_id"].as_str().unwrap().to_owned());
        ids.collect::<Vec<_>>()
    };
    assert_eq!(found("tag:sweep").await.len(), 2);
    assert_eq!(found("tag:baseline").await, [slow.as_str()]);
    assert_eq!(found("lr%3E0.1%20status:completed").await, [quick.as_str()]);
    assert_eq!(found("accuracy%3E=0%20%22slow%20one%22").await, [slow.as_str()]);
    let wrong = ada.get("/api/training/jobs?query=lr%3C").await;
    assert_refused(&wrong, 422, "validation_failed");
    assert!(wrong.1["fields"]["query"].is_string(), "{}", wrong.1);
    let (_, sorted) = ada.get("/api/training/jobs?sort=-lr").await;
    assert_eq!(sorted["jobs"][0]["job_id"], json!(quick));
}

#[tokio::test]
async fn an_act_on_many_jobs_tells_what_undoes_it() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let mut experiments = Vec::new();
    for name in ["first", "second"] {
        let (_, made) = ada.post("/api/experiments", &json!({"name": name})).await;
        experiments.push(made["experiment"]["id"].as_str().unwrap().to_owned());
    }
    let request = |tags: &[&str], experiment: Option<&String>| json!({"dataset": "iris", "epochs": 1, "model": "linear", "tags": tags, "experiment_id": experiment});
    let jobs = [
        ada.train(request(&["a", "kept"], experiments.first())).await,
        ada.train(request(&["a"], experiments.last())).await,
        ada.train(request(&[], None)).await,
    ];
    let labels = async || {
        let mut found = Vec::new();
        for id in &jobs {
            let (_, job) = ada.get(&format!("/api/training/{id}")).await;
            found.push((job["status"]["tags"].clone(), job["status"]["experiment_id"].clone()));
        }
        found
    };
    let act = async |action: &str, jobs: &[String], tag: &str, experiment: &str| {
        let ids: String = jobs.iter().enumerate().map(|(at, id)| format!("&jobs[job{at}]={id}")).collect();
        let sent = ada
            .request(Method::POST, "/api/fn/bulk_jobs")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("action={action}&tag={tag}&experiment_id={experiment}{ids}"));
        let (status, outcome) = answer(sent).await;
        assert_eq!((status, &outcome["refused"]), (200, &json!([])), "{outcome}");
        outcome["undo"].as_array().unwrap().clone()
    };
    let before = labels().await;
    for (action, tag, experiment, acts) in
        [("tag", "kept", "", 1), ("untag", "kept", "", 1), ("experiment", "", experiments[0].as_str(), 2)]
    {
        let undo = act(action, &jobs, tag, experiment).await;
        assert_ne!(labels().await, before, "{action}");
        assert_eq!(undo.len(), acts, "{action}: {undo:?}");
        assert!(act(action, &jobs, tag, experiment).await.is_empty(), "{action}: a second time nothing changes");
        for back in undo {
            let text = |field: &str| back[field].as_str().unwrap().to_owned();
            let ids = back["jobs"].as_object().unwrap().values().map(|id| id.as_str().unwrap().to_owned());
            act(&text("action"), &ids.collect::<Vec<_>>(), &text("tag"), &text("experiment_id")).await;
        }
        assert_eq!(labels().await, before, "{action}");
    }
}

#[tokio::test]
async fn a_job_that_is_refused_keeps_none_of_the_others_back() {
    let server = Server::start();
    let ada = server.person("ada").await;
    let done = ada.train(json!({"dataset": "iris", "epochs": 2, "model": "linear"})).await;
    ada.wait_for(&done, "COMPLETED").await;
    let busy = ada.train(json!({"dataset": "iris", "epochs": 100_000, "early_stopping": false, "name": "busy"})).await;
    ada.wait_for(&busy, "RUNNING").await;
    let none = "00000000-0000-7000-8000-000000000000";
    let form = format!("action=delete&jobs[job1]={busy}&jobs[job2]={done}&jobs[job3]={none}");
    let sent = ada
        .request(Method::POST, "/api/fn/bulk_jobs")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    let (status, outcome) = answer(sent).await;
    assert_eq!((status, &outcome["done"]), (200, &json!(1)), "what was done is told, whatever was refused: {outcome}");
    assert_eq!((&outcome["refused"][0][0], &outcome["refused"][1][0]), (&json!("busy"), &json!(none)), "{outcome}");
    assert_refused(&ada.get(&format!("/api/training/{done}")).await, 404, "not_found");
    ada.post(&format!("/api/training/{busy}/stop"), &json!({})).await;
    ada.wait_for(&busy, "STOPPED").await;
}
