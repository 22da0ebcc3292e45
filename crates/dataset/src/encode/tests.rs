//! Encoding: that rows which are sent become what training saw, and that what is wrong is named.

use domain::{
    error::FieldErrors,
    job::{InputShape, MlpSpec, ModelSpec, Task},
    model::Row,
};
use serde_json::json;

use super::Encoder;
use crate::table::tests::{spec, table};

const TEXT: &[u8] =
    b"age,city,const,y\n20,Rome,1,1\n30,Oslo,1,2\n,Rome,1,3\n40,,1,4\n50,Bonn,1,5\n60,Rome,1,6\n70,Oslo,1,7\n";

fn fitted() -> (Encoder, crate::Table) {
    let spec = spec(Task::Regression, "y", &["age", "city", "const"]);
    let table = table(TEXT, &spec).unwrap();
    // Bonn is in no training row.
    let encoder = Encoder::fit(&table, &[0, 1, 2, 3, 5], &spec).unwrap();
    (encoder, table)
}

/// Rows as they are sent, encoded, or the fields that are wrong.
fn sent(encoder: &Encoder, rows: serde_json::Value) -> Result<Vec<f32>, Vec<String>> {
    let rows: Vec<domain::model::Row> = serde_json::from_value(rows).unwrap();
    let mut errors = FieldErrors::default();
    let x = encoder.encode_rows(&rows, &|at| format!("rows[{at}]"), &mut 0, &mut errors);
    errors.into_result().map(|()| x).map_err(|error| error.fields.into_keys().collect())
}

#[test]
fn only_training_rows_teach() {
    let (encoder, table) = fitted();
    // age and its flag, Rome, Oslo, other; the constant column says nothing.
    assert_eq!((encoder.width(), encoder.outputs()), (5, 1));
    assert_eq!(encoder.spans(), [[0..2, 5..5], [2..5, 5..5]]);
    let encoded = encoder.encode(&table, &[2, 4]);
    assert_eq!(encoded.x[0..5], [0.0, 1.0, 1.0, 0.0, 0.0]);
    assert_eq!(encoded.x[6..10], [0.0, 0.0, 0.0, 1.0]);
    let (mean, std) = encoder.target_scale();
    assert!((mean - 3.2).abs() < 1e-12);
    assert!((f64::from(encoded.y[1]) * std + mean - 5.0).abs() < 1e-6);
}

#[test]
fn a_row_that_is_sent_is_encoded_as_in_training() {
    let (encoder, table) = fitted();
    let trained = encoder.encode(&table, &[0, 2, 3]).x;
    assert_eq!(encoder.ignored, ["const"]);
    let narrow = crate::table::tests::spec(Task::Regression, "y", &["age"]);
    let narrow = Encoder::fit(&crate::table::tests::table(TEXT, &narrow).unwrap(), &[0, 1, 2], &narrow).unwrap();
    assert_eq!(narrow.ignored, ["city", "const"], "what the file has, a row may have");
    let rows = json!([{"age": 20, "city": "Rome", "const": 1}, {"age": null, "city": " Rome "}, {"age": "40", "y": 3}]);
    assert_eq!(sent(&encoder, rows), Ok(trained));
    let again = Encoder::from_json(&serde_json::to_string(&encoder).unwrap()).unwrap();
    assert_eq!(again, encoder);
    assert!(Encoder::from_json("{}").is_err());
}

#[test]
fn numbers_in_pieces_come_after_everything_else() {
    let mut spec = spec(Task::Regression, "y", &["age", "city", "const"]);
    spec.model = ModelSpec::Mlp(MlpSpec { pieces: Some(2), ..MlpSpec::default() });
    let table = table(TEXT, &spec).unwrap();
    let encoder = Encoder::fit(&table, &[0, 1, 2, 3, 5], &spec).unwrap();
    // Ages 20, 30, 40 and 60: the pieces are 20 to 30 and 30 to 60.
    assert_eq!(encoder.spans(), [[0..2, 5..7], [2..5, 7..7]]);
    let trained = encoder.encode(&table, &[0, 2, 3, 5, 6]).x;
    let pieces: Vec<&[f32]> = trained.chunks(7).map(|row| &row[5..]).collect();
    let third = 1.0 / 3.0;
    for (found, known) in pieces.into_iter().zip([[0.0, 0.0], [0.0, 0.0], [1.0, third], [1.0, 1.0], [1.0, 1.0]]) {
        assert!(found.iter().zip(known).all(|(found, known)| (found - known).abs() < 1e-6), "{found:?} {known:?}");
    }
    let rows = json!([{"age": 20, "city": "Rome"}, {"city": "Rome"}, {"age": 40}, {"age": 60, "city": "Rome"},
        {"age": 70, "city": "Oslo"}]);
    assert_eq!(sent(&encoder, rows), Ok(trained));
}

#[test]
fn wrong_cells_are_named() {
    let (encoder, _) = fitted();
    let rows = json!([{"age": 1}, {"age": "old", "town": "Rome"}, {"city": []}]);
    assert_eq!(sent(&encoder, rows).unwrap_err(), ["rows[1].age", "rows[1].town", "rows[2].city"]);
    let mut errors = FieldErrors::default();
    let many: Vec<domain::model::Row> = vec![serde_json::from_value(json!({"age": "old"})).unwrap(); 1_000];
    encoder.encode_rows(&many, &|at| format!("rows[{}]", at + 500), &mut 0, &mut errors);
    let named = errors.into_result().unwrap_err().fields;
    assert!(named.len() == 100 && named.contains_key("rows[500].age"), "{}", named.len());
}

#[test]
fn numbers_that_no_model_can_compute_with_are_named() {
    let (encoder, table) = fitted();
    for wrong in [json!(1e39), json!("-1e39"), json!("1e999"), json!(3e38)] {
        assert_eq!(sent(&encoder, json!([{"age": wrong}])).unwrap_err(), ["rows[0].age"]);
    }
    assert!(sent(&encoder, json!([{"age": 1e18}])).is_ok());
    assert!(encoder.encode(&table, &[6]).x.iter().all(|value| value.is_finite()));
}

#[test]
fn a_row_far_away_is_finite_when_the_model_is_judged_by_it() {
    let spec = spec(Task::Regression, "y", &["a"]);
    let table = table(b"a,y\n1,1\n1.001,1.001\n3e38,-3e38\n", &spec).unwrap();
    let encoded = Encoder::fit(&table, &[0, 1], &spec).unwrap().encode(&table, &[2]);
    assert_eq!((encoded.x, encoded.y), (vec![1e18], vec![-1e18]));
}

#[test]
fn a_model_that_turns_out_too_large_is_refused() {
    let mut spec = spec(Task::Regression, "y", &["age", "city", "const"]);
    let table = table(TEXT, &spec).unwrap();
    spec.model = ModelSpec::Mlp(MlpSpec { hidden: vec![4_096; 3], ..MlpSpec::default() });
    let error = Encoder::fit(&table, &[0, 1, 2, 3, 5], &spec).unwrap_err().to_string();
    assert!(error.starts_with("The model would have 33591297 parameters"), "{error}");
}

#[test]
fn a_column_of_many_words_becomes_positions_where_a_model_looks_them_up() {
    // A hundred words twice, and ten once.
    let mut text = String::from("word,y\n");
    for at in 0..210 {
        text += &format!("w{},{}\n", if at < 200 { at % 100 } else { at }, at % 2);
    }
    let mut spec = spec(Task::Binary, "y", &["word"]);
    let table = table(text.as_bytes(), &spec).unwrap();
    let all: Vec<u32> = (0..210).collect();
    let hot = Encoder::fit(&table, &all, &spec).unwrap();
    assert_eq!((hot.width(), hot.codes().len()), (65, 0));
    spec.model = ModelSpec::Resnet(domain::job::ResnetSpec::default());
    let encoder = Encoder::fit(&table, &all, &spec).unwrap();
    assert_eq!(encoder.codes(), [crate::Code { at: 0, words: 101, width: 10 }]);
    assert_eq!(encoder.shape(), InputShape::Numbers { width: 10, plain: 10, embedded: 1_010 });
    let encoded = encoder.encode(&table, &all);
    assert_eq!((encoded.x[0], encoded.x[1], encoded.x[100]), (encoded.x[100], encoded.x[101], encoded.x[0]));
    // What occurs once is unknown.
    assert!(encoded.x[..200].iter().all(|x| *x < 100.0) && encoded.x[200..].iter().all(|x| *x == 100.0));
    let again = Encoder::from_json(&serde_json::to_string(&encoder).unwrap()).unwrap();
    assert_eq!(again, encoder);
    let mut errors = FieldErrors::default();
    let row = |word: serde_json::Value| Row::from_iter([("word".to_owned(), word)]);
    let rows = [row("w7".into()), row("new".into()), row(serde_json::Value::Null)];
    let sent = again.encode_rows(&rows, &|at| format!("rows[{at}]"), &mut 0, &mut errors);
    assert_eq!(sent, [encoded.x[7], 100.0, 100.0]);
}

#[test]
fn a_word_as_long_as_a_page_is_unknown() {
    let spec = spec(Task::Regression, "y", &["word"]);
    let text = format!("word,y\n{},1\nshort,2\nother,3\n", "x".repeat(1_001));
    let table = table(text.as_bytes(), &spec).unwrap();
    let encoder = Encoder::fit(&table, &[0, 1, 2], &spec).unwrap();
    let super::Input::Categorical { words, .. } = &encoder.inputs()[0] else { panic!() };
    assert_eq!(words.list(), ["other", "short"]);
    assert_eq!(encoder.encode(&table, &[0]).x, [0.0, 0.0, 1.0]);
}
