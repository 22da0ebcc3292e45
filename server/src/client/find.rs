//! What an argument names: a dataset, a model, an experiment, by its id or its name.

use domain::{DatasetId, ExperimentId, JobId, ModelId, dataset::DatasetView, model::ModelView};
use serde::{Deserialize, de::DeserializeOwned};

use super::{connection::Connection, exit::Exit, failure::Failure};

/// Those that may be seen, newest first, samples last.
pub fn datasets(connection: &Connection) -> Result<Vec<DatasetView>, Failure> {
    every(connection, "/api/datasets", "datasets")
}

/// All pages of a list.
fn every<T: DeserializeOwned>(connection: &Connection, path: &str, name: &str) -> Result<Vec<T>, Failure> {
    connection.list(path, name, usize::MAX).map(|(all, _)| all)
}

/// The one that shall be deleted: of several with the same name, none is meant.
pub fn one_dataset(connection: &Connection, named: &str) -> Result<DatasetView, Failure> {
    let wanted = named.parse::<DatasetId>().ok();
    let found = datasets(connection)?.into_iter();
    let mut found: Vec<DatasetView> =
        found.filter(|dataset| wanted.map_or(dataset.name == named, |id| dataset.id == id)).collect();
    if found.len() > 1 {
        let ids: Vec<String> = found.iter().map(|dataset| dataset.id.to_string()).collect();
        return Err(Failure::refused(format!(
            "Several datasets are named \"{named}\": {}. Give an id.",
            ids.join(", ")
        )));
    }
    found.pop().ok_or_else(|| Failure::refused(format!("There is no dataset \"{named}\" that you may see.")))
}

#[derive(Deserialize)]
struct OneModel {
    model: ModelView,
}

#[derive(Deserialize)]
struct OneJob {
    status: Delivered,
}

#[derive(Deserialize)]
struct Delivered {
    model_id: Option<ModelId>,
}

/// By id (also that of its job), or the newest of that name.
pub fn model(connection: &Connection, named: &str) -> Result<ModelView, Failure> {
    let Ok(id) = named.parse::<ModelId>() else {
        let mut models = every::<ModelView>(connection, "/api/models", "models")?.into_iter();
        let none = || Failure::refused(format!("There is no model \"{named}\" that you may see."));
        return models.find(|model| model.name == named).ok_or_else(none);
    };
    match model_by_id(connection, id) {
        Err(refused) if refused.code() == "not_found" => {
            let job = connection.get::<OneJob>(&format!("/api/training/{}", JobId(id.0)));
            match job {
                Ok(OneJob { status: Delivered { model_id: Some(id) } }) => model_by_id(connection, id),
                Ok(_) => Err(Failure::refused(format!("The job {id} has no model (yet)."))),
                Err(lost) if lost.exit == Exit::Unreachable => Err(lost),
                Err(_) => Err(refused),
            }
        }
        found => found,
    }
}

fn model_by_id(connection: &Connection, id: ModelId) -> Result<ModelView, Failure> {
    connection.get::<OneModel>(&format!("/api/models/{id}")).map(|answer| answer.model)
}

#[derive(Deserialize)]
struct Experiment {
    id: ExperimentId,
    name: String,
}

/// By id, which the server looks at, or by name.
pub fn experiment(connection: &Connection, named: &str) -> Result<String, Failure> {
    if named.parse::<ExperimentId>().is_ok() {
        return Ok(named.to_owned());
    }
    let mut all = every::<Experiment>(connection, "/api/experiments", "experiments")?.into_iter();
    let none = || Failure::refused(format!("There is no experiment \"{named}\"."));
    all.find(|experiment| experiment.name == named).map(|found| found.id.to_string()).ok_or_else(none)
}
