//! A column of many words.

use domain::job::{MlpSpec, ModelSpec, Task};

use super::Job;

#[test]
fn what_each_of_many_words_is_worth_is_learned_and_predicted_as_trained() {
    // Which of two hundred words it is decides, and nothing else does.
    let mut text = String::from("word,noise,y\n");
    for at in 0..2_000_u32 {
        let word = at * 7 % 200;
        text += &format!("w{word},{},{}\n", at * 37 % 100, ["no", "yes"][(word * word % 7 % 2) as usize]);
    }
    let mut job = Job::new("iris", Task::Binary, "y", &["word", "noise"], 30);
    std::fs::write(&job.start.dataset.path, text).unwrap();
    let accuracy = |job: &Job| job.delivered().info.evaluation.metrics["accuracy"];
    let mlp = MlpSpec { members: Some(2), pieces: Some(4), ..MlpSpec::default() };
    job.start.spec.model = ModelSpec::Mlp(mlp);
    let learned = accuracy(&job);
    assert!(learned > 0.97, "{learned}");
    let model = crate::Predictor::load(std::path::Path::new(&job.delivered().model_dir)).unwrap();
    let row = |word: &str| serde_json::from_value(serde_json::json!({ "word": word, "noise": 50 })).unwrap();
    let said = model.predict(&[row("w3"), row("w1"), row("never seen")]).unwrap();
    let label = |at: usize| match &said[at] {
        domain::model::Prediction::Label { label, .. } => label.clone(),
        other @ domain::model::Prediction::Value { .. } => panic!("{other:?}"),
    };
    // 9 and 1 by 7 leave 2 and 1.
    assert_eq!((label(0), label(1)), ("no".to_owned(), "yes".to_owned()));
    // Without numbers for each word there are only the sixty-four most frequent ones.
    job.start.spec.model = ModelSpec::Linear;
    let linear = accuracy(&job);
    assert!(linear < 0.9, "{linear}");
}
