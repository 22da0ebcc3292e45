//! A model as ONNX, with everything in the graph: raw rows go in, labels and probabilities (or values) come out. Any runtime
//! with opset 17 and `ai.onnx.ml` 3 runs it.
//!
//! Each feature is an input of its own, named as its column, of shape [rows, 1]: a number is `float32`, with NaN for missing;
//! a word is a string, with "" for missing. Two things are left to the caller, because ONNX has no operator for them: blanks
//! around a word are to be trimmed, and what stands for "missing" in a file ("NA", "?") is to be NaN or "". What a text or image
//! model asks for is in [`text`] and [`image`].

mod columns;
mod graph;
mod image;
mod proto;
mod text;

use dataset::{Encoder, Input};
use domain::job::{Activation, Task};
use prost::Message;

use self::{
    graph::{Graph, ML, int, int_list, words},
    proto::{ModelProto, OperatorSetId, data_type},
};
pub(crate) use self::{image::HOW_TO_GIVE_IMAGES, text::HOW_TO_GIVE_TEXT};
use crate::{
    Error,
    model::{Dense, Model, Resnet},
    weights::Matrix,
};

const IR_VERSION: i64 = 8;
const OPSET: i64 = 17;
/// The first that can divide a text into words.
const TEXT_IR_VERSION: i64 = 9;
const TEXT_OPSET: i64 = 20;
const ML_OPSET: i64 = 3;

/// The bytes of `model.onnx`.
pub(crate) fn to_bytes(name: &str, encoder: &Encoder, model: &Model, weights: &[Matrix]) -> Result<Vec<u8>, Error> {
    let mut graph = Graph::new(encoder.inputs().iter().map(|input| input.name().to_owned()));
    // Tables of words belong to the columns; what follows is a model of numbers.
    let (model, (tables, weights)) = match model {
        Model::Embedded(embedded) => (&embedded.inner, weights.split_at(embedded.codes.len())),
        model => (model, weights.split_at(0)),
    };
    let (ir_version, opset) = match model {
        Model::Dense(_) | Model::Resnet(_) | Model::Cnn(_) | Model::Embedded(_) => (IR_VERSION, OPSET),
        Model::Transformer(_) => (TEXT_IR_VERSION, TEXT_OPSET),
    };
    let outputs = match (model, encoder.inputs()) {
        (Model::Transformer(transformer), [Input::Text { name, vocabulary }]) => {
            text::outputs(&mut graph, (name, vocabulary), transformer, weights)
        }
        (Model::Cnn(cnn), [input]) => image::outputs(&mut graph, input, cnn, weights)
            .ok_or_else(|| Error::Internal("an image model looks at one image".into()))?,
        (Model::Embedded(_), _) => return Err(Error::Internal("tables of words are looked up once".into())),
        (Model::Cnn(_), _) => return Err(Error::Internal("an image model looks at one image".into())),
        (Model::Transformer(_), _) => return Err(Error::Internal("a text model reads one column".into())),
        (Model::Resnet(resnet), inputs) => {
            let x = columns::encode(&mut graph, inputs, tables);
            residual(&mut graph, x.all, resnet, weights)
        }
        (Model::Dense(ensemble), inputs) => {
            let x = columns::encode(&mut graph, inputs, tables);
            let each = ensemble.members.iter().zip(weights.chunks_exact(ensemble.parameters_each()));
            let told: Vec<String> = each
                .map(|(member, weights)| {
                    let x = if member.widths[0] == ensemble.inputs() { &x.all } else { &x.plain };
                    layers(&mut graph, x.clone(), member, weights)
                })
                .collect();
            let told: Vec<&str> = told.iter().map(String::as_str).collect();
            if let [alone] = told.as_slice() { (*alone).to_owned() } else { graph.apply("Mean", &told, Vec::new()) }
        }
    };
    answer(&mut graph, &outputs, encoder);
    let opsets = [("", opset), (ML, ML_OPSET)];
    let model = ModelProto {
        ir_version,
        producer_name: "athanor".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        doc_string: format!("Predicts {}.", encoder.target()),
        graph: Some(graph.finish(name)),
        opset_import: opsets.map(|(domain, version)| OperatorSetId { domain: domain.into(), version }).into(),
    };
    Ok(model.encode_to_vec())
}

fn layers(graph: &mut Graph, mut x: String, model: &Dense, weights: &[Matrix]) -> String {
    let layers = weights.len() / 2;
    for (layer, pair) in weights.chunks_exact(2).enumerate() {
        let [weight, bias] = [0, 1].map(|at| graph.floats(&pair[at].shape, &pair[at].values));
        x = graph.apply("Gemm", &[&x, &weight, &bias], Vec::new());
        if layer + 1 < layers {
            x = match model.activation() {
                Activation::Relu => graph.apply("Relu", &[&x], Vec::new()),
                Activation::Tanh => graph.apply("Tanh", &[&x], Vec::new()),
                Activation::Gelu => gelu(graph, &x),
            };
        }
    }
    x
}

fn residual(graph: &mut Graph, x: String, model: &Resnet, weights: &[Matrix]) -> String {
    let row = |graph: &mut Graph, at: usize| graph.floats(&weights[at].shape[1..], &weights[at].values);
    let linear = |graph: &mut Graph, x: &str, at: usize| {
        let (weight, bias) = (graph.floats(&weights[at].shape, &weights[at].values), row(graph, at + 1));
        graph.apply("Gemm", &[x, &weight, &bias], Vec::new())
    };
    // Its default epsilon is the one that training uses.
    let norm = |graph: &mut Graph, x: &str, at: usize| {
        let (scale, shift) = (row(graph, at), row(graph, at + 1));
        graph.apply("LayerNormalization", &[x, &scale, &shift], vec![int("axis", -1)])
    };
    let mut x = linear(graph, &x, 0);
    for first in (0..model.blocks).map(Resnet::first) {
        let normed = norm(graph, &x, first + Resnet::NORM);
        let sums = linear(graph, &normed, first + Resnet::HIDDEN);
        let hidden = graph.apply("Relu", &[&sums], Vec::new());
        let added = linear(graph, &hidden, first + Resnet::BACK);
        x = graph.apply("Add", &[&x, &added], Vec::new());
    }
    let last = Resnet::first(model.blocks);
    let normed = norm(graph, &x, last);
    let seen = graph.apply("Relu", &[&normed], Vec::new());
    linear(graph, &seen, last + 2)
}

/// x (1 + erf(x / sqrt 2)) / 2: Hendrycks & Gimpel 2016, arXiv:1606.08415. Opset 20 has it as one operator.
fn gelu(graph: &mut Graph, x: &str) -> String {
    let [root, one, half] = [std::f32::consts::SQRT_2, 1.0, 0.5].map(|value| graph.floats(&[], &[value]));
    let scaled = graph.apply("Div", &[x, &root], Vec::new());
    let erf = graph.apply("Erf", &[&scaled], Vec::new());
    let share = graph.apply("Add", &[&erf, &one], Vec::new());
    let twice = graph.apply("Mul", &[x, &share], Vec::new());
    graph.apply("Mul", &[&twice, &half], Vec::new())
}

/// What people read: `prediction`, or `label` and `probabilities` in the order of the classes.
fn answer(graph: &mut Graph, outputs: &str, encoder: &Encoder) {
    let classes = encoder.classes();
    let probabilities = match encoder.task() {
        Task::Regression => {
            let (mean, std) = encoder.target_scale();
            let (mean, std) = (graph.double(mean), graph.double(std));
            let value = graph.cast(outputs, data_type::DOUBLE);
            let scaled = graph.apply("Mul", &[&value, &std], Vec::new());
            let value = graph.apply("Add", &[&scaled, &mean], Vec::new());
            graph.output("prediction", &value, data_type::DOUBLE, Some(1));
            return;
        }
        Task::Binary => {
            let one = graph.floats(&[], &[1.0]);
            let second = graph.apply("Sigmoid", &[outputs], Vec::new());
            let first = graph.apply("Sub", &[&one, &second], Vec::new());
            graph.apply("Concat", &[&first, &second], vec![int("axis", 1)])
        }
        _ => graph.apply("Softmax", &[outputs], vec![int("axis", 1)]),
    };
    let best = graph.apply("ArgMax", &[&probabilities], vec![int("axis", 1), int("keepdims", 0)]);
    let names = vec![int_list("keys_int64s", (0..classes.len() as i64).collect()), words("values_strings", classes)];
    let label = graph.apply_ml("LabelEncoder", &[&best], names);
    graph.output("label", &label, data_type::STRING, None);
    graph.output("probabilities", &probabilities, data_type::FLOAT, Some(classes.len() as i64));
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use prost::Message;

    use super::proto::ModelProto;
    use crate::train::tests::Job;

    #[test]
    fn every_value_has_one_name_and_is_made_before_it_is_used() {
        let job = Job::iris(1);
        let bytes = fs::read(Path::new(&job.delivered().model_dir).join("model.onnx")).unwrap();
        let graph = ModelProto::decode(bytes.as_slice()).unwrap().graph.unwrap();
        let inputs: Vec<String> = graph.input.iter().map(|input| input.name.clone()).collect();
        assert_eq!(inputs, job.start.spec.features);
        let constants = graph.initializer.iter().map(|tensor| tensor.name.clone());
        let mut known: Vec<String> = inputs.into_iter().chain(constants).collect();
        for node in &graph.node {
            assert!(node.input.iter().all(|input| known.contains(input)), "{node:?}");
            assert!(!known.contains(&node.output[0]), "{node:?}");
            known.push(node.output[0].clone());
        }
        let outputs: Vec<&str> = graph.output.iter().map(|output| output.name.as_str()).collect();
        assert_eq!(outputs, ["label", "probabilities"]);
        assert!(outputs.iter().all(|output| known.iter().any(|name| name == output)));
    }
}
