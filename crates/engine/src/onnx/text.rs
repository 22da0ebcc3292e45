//! A transformer as a graph. ONNX divides a text at blanks, but has no operator that finds words and marks: the caller does
//! what [`HOW_TO_GIVE_TEXT`] says. Looking words up, padding and everything after it is within the graph.

use dataset::Vocabulary;

use super::{
    gelu,
    graph::{Graph, int, int_list, words},
    proto::data_type,
};
use crate::{
    model::{Transformer, at},
    weights::Matrix,
};

/// For the model card.
pub(crate) const HOW_TO_GIVE_TEXT: &str = r#"`model.onnx` takes a text as its tokens in lower case with blanks between them, because ONNX cannot find words. In Python:

```python
import re
TOKENS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]|[^\W\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+|[^\w\s]")
prepared = " ".join(TOKENS.findall(text.lower()))
```"#;

/// The logits: rows x classes.
pub(super) fn outputs(
    graph: &mut Graph,
    (name, vocabulary): (&str, &Vocabulary),
    model: &Transformer,
    weights: &[Matrix],
) -> String {
    graph.input(name, data_type::STRING);
    let ids = ids(graph, name, vocabulary);
    let zero = graph.ints(&[0]);
    let there = graph.apply("Greater", &[&ids, &zero], Vec::new());
    let there = graph.cast(&there, data_type::FLOAT);
    let mut network = Writer { graph, weights, model };
    let mut x = network.embed(&ids);
    let hidden = network.hidden(&there);
    for layer in 0..model.layers {
        let first = Transformer::first(layer);
        let normed = network.norm(&x, first + at::FIRST_NORM);
        let parts = network.linear(&normed, first + at::ATTENTION_IN);
        let heard = network.attend(&parts, &hidden);
        let heard = network.linear(&heard, first + at::ATTENTION_OUT);
        x = network.graph.apply("Add", &[&x, &heard], Vec::new());
        let normed = network.norm(&x, first + at::SECOND_NORM);
        let inner = network.linear(&normed, first + at::FORWARD_IN);
        let inner = gelu(network.graph, &inner);
        let inner = network.linear(&inner, first + at::FORWARD_OUT);
        x = network.graph.apply("Add", &[&x, &inner], Vec::new());
    }
    let last = Transformer::first(model.layers);
    let x = network.norm(&x, last);
    let mean = network.mean(&x, &there);
    network.linear(&mean, last + 2)
}

/// Rows x tokens, as many as the longest text has: positions in the vocabulary, 0 where a text has ended.
fn ids(graph: &mut Graph, name: &str, vocabulary: &Vocabulary) -> String {
    // A text without words is one word that nobody knows, as in training.
    let (empty, something) = (graph.text(""), graph.text("\u{fffd}"));
    let is_empty = graph.apply("Equal", &[name, &empty], Vec::new());
    let text = graph.apply("Where", &[&is_empty, &something, name], Vec::new());
    let column = graph.ints(&[1]);
    let text = graph.apply("Squeeze", &[&text, &column], Vec::new());
    // The second result is how many tokens there are.
    let tokens = graph.apply_with_more("StringSplit", &[&text]);
    let (from, to) = (graph.ints(&[0]), graph.ints(&[vocabulary.length.into()]));
    let tokens = graph.apply("Slice", &[&tokens, &from, &to, &column], Vec::new());
    let known = vocabulary.words.len() as i64;
    let keys: Vec<String> = [String::new()].into_iter().chain(vocabulary.words.iter().cloned()).collect();
    let positions = vec![
        words("keys_strings", &keys),
        int_list("values_int64s", [0].into_iter().chain(2..known + 2).collect()),
        int("default_int64", 1),
    ];
    graph.apply_ml("LabelEncoder", &[&tokens], positions)
}

struct Writer<'a> {
    graph: &'a mut Graph,
    weights: &'a [Matrix],
    model: &'a Transformer,
}

impl Writer<'_> {
    fn matrix(&mut self, at: usize) -> String {
        self.graph.floats(&self.weights[at].shape, &self.weights[at].values)
    }

    fn row(&mut self, at: usize) -> String {
        self.graph.floats(&self.weights[at].shape[1..], &self.weights[at].values)
    }

    fn linear(&mut self, x: &str, first: usize) -> String {
        let (weight, bias) = (self.matrix(first), self.row(first + 1));
        let product = self.graph.apply("MatMul", &[x, &weight], Vec::new());
        self.graph.apply("Add", &[&product, &bias], Vec::new())
    }

    /// Its default epsilon is the one that training uses.
    fn norm(&mut self, x: &str, first: usize) -> String {
        let (scale, shift) = (self.row(first), self.row(first + 1));
        self.graph.apply("LayerNormalization", &[x, &scale, &shift], vec![int("axis", -1)])
    }

    fn embed(&mut self, ids: &str) -> String {
        let (vectors, positions) = (self.matrix(0), self.matrix(1));
        let x = self.graph.apply("Gather", &[&vectors, ids], Vec::new());
        let shape = self.graph.apply("Shape", &[ids], vec![int("start", 1)]);
        let zero = self.graph.ints(&[0]);
        let positions = self.graph.apply("Slice", &[&positions, &zero, &shape, &zero], Vec::new());
        self.graph.apply("Add", &[&x, &positions], Vec::new())
    }

    /// What makes the share of a token that is not there nothing: rows x 1 x 1 x tokens.
    fn hidden(&mut self, there: &str) -> String {
        let (one, far) = (self.graph.floats(&[], &[1.0]), self.graph.floats(&[], &[1e9]));
        let missing = self.graph.apply("Sub", &[there, &one], Vec::new());
        let missing = self.graph.apply("Mul", &[&missing, &far], Vec::new());
        let axes = self.graph.ints(&[1, 2]);
        self.graph.apply("Unsqueeze", &[&missing, &axes], Vec::new())
    }

    fn attend(&mut self, parts: &str, hidden: &str) -> String {
        let (width, heads) = (self.model.width as i64, self.model.heads as i64);
        let narrow = width / heads;
        let shape = self.graph.ints(&[0, 0, heads, narrow]);
        let part = |graph: &mut Graph, at: i64, order: [i64; 4]| {
            let (from, to, axis) = (graph.ints(&[at * width]), graph.ints(&[(at + 1) * width]), graph.ints(&[2]));
            let part = graph.apply("Slice", &[parts, &from, &to, &axis], Vec::new());
            let part = graph.apply("Reshape", &[&part, &shape], Vec::new());
            graph.apply("Transpose", &[&part], vec![int_list("perm", order.to_vec())])
        };
        let asked = part(self.graph, 0, [0, 2, 1, 3]);
        let offered = part(self.graph, 1, [0, 2, 3, 1]);
        let said = part(self.graph, 2, [0, 2, 1, 3]);
        let graph = &mut *self.graph;
        let scale = graph.floats(&[], &[1.0 / (narrow as f32).sqrt()]);
        let scores = graph.apply("MatMul", &[&asked, &offered], Vec::new());
        let scores = graph.apply("Mul", &[&scores, &scale], Vec::new());
        let scores = graph.apply("Add", &[&scores, hidden], Vec::new());
        let shares = graph.apply("Softmax", &[&scores], vec![int("axis", -1)]);
        let heard = graph.apply("MatMul", &[&shares, &said], Vec::new());
        let heard = graph.apply("Transpose", &[&heard], vec![int_list("perm", vec![0, 2, 1, 3])]);
        let shape = graph.ints(&[0, 0, width]);
        graph.apply("Reshape", &[&heard, &shape], Vec::new())
    }

    /// Over the tokens that are there.
    fn mean(&mut self, x: &str, there: &str) -> String {
        let graph = &mut *self.graph;
        let (first, last) = (graph.ints(&[1]), graph.ints(&[2]));
        let weights = graph.apply("Unsqueeze", &[there, &last], Vec::new());
        let kept = graph.apply("Mul", &[x, &weights], Vec::new());
        let sum = graph.apply("ReduceSum", &[&kept, &first], vec![int("keepdims", 0)]);
        let count = graph.apply("ReduceSum", &[there, &first], vec![int("keepdims", 1)]);
        graph.apply("Div", &[&sum, &count], Vec::new())
    }
}
