//! Training that begins with a model.

use domain::wire::trainer::Finished;

use super::Job;

/// What rows of another file say: the sample's header and every so many-th line.
fn rows(job: &Job, every: usize) -> String {
    let text = std::fs::read_to_string(&job.start.dataset.path).unwrap();
    let lines = text.lines().enumerate().filter(|(at, _)| *at == 0 || at % every == 0);
    lines.flat_map(|(_, line)| [line, "\n"]).collect()
}

#[test]
fn a_job_goes_on_from_the_weights_and_the_encoding_of_a_model() {
    let first = Job::iris(60);
    let model = first.delivered();
    let job = |epochs: u32, text: &str| {
        let mut job = Job::iris(epochs);
        job.start.start_from = Some(model.model_dir.clone());
        std::fs::write(&job.start.dataset.path, text).unwrap();
        job
    };
    let text = rows(&first, 2);
    let mut more = job(1, &text);
    // So small that nothing moves: what comes out is what went in.
    more.start.spec.lr = 1e-12;
    let same = more.delivered();
    let file = |directory: &str, name: &str| std::fs::read(std::path::Path::new(directory).join(name)).unwrap();
    assert_eq!(file(&same.model_dir, "encoder.json"), file(&model.model_dir, "encoder.json"));
    let accuracy = same.info.evaluation.metrics["accuracy"];
    assert!(accuracy > 0.85, "{accuracy}: it knew already");
    assert_eq!(same.info.classes, model.info.classes);

    let failed = |job: &Job| match job.run().0 {
        Finished::Failed(failure) => format!("{} ({})", failure.message, failure.location),
        other => panic!("{other:?}"),
    };
    let unknown = failed(&job(1, &text.replace("setosa", "sedosa")));
    assert!(unknown.contains("\"sedosa\"") && unknown.contains("column species"), "{unknown}");
    let words = text.replacen(&text.lines().nth(1).unwrap().split(',').next().unwrap().to_owned(), "small", 1);
    let words = failed(&job(1, &words));
    assert!(words.contains("has numbers here") && words.contains("column sepal_length"), "{words}");
    std::fs::remove_dir_all(&model.model_dir).unwrap();
    assert!(failed(&job(1, &text)).starts_with("The model that this job starts from has been deleted."));
}
