//! The encoding of columns within the graph: the same numbers as [`dataset::Encoder::encode_rows`].

use dataset::Input;

use super::{
    graph::{Graph, int, int_list, words},
    proto::data_type,
};
use crate::weights::Matrix;

/// Names of what members are given: everything, or everything but the pieces of numbers.
pub(super) struct Columns {
    pub(super) all: String,
    pub(super) plain: String,
}

/// All features side by side; `tables` have the numbers of words, in the order of the columns that have such.
pub(super) fn encode(graph: &mut Graph, inputs: &[Input], tables: &[Matrix]) -> Columns {
    let (mut encoded, mut pieces) = (Vec::new(), Vec::new());
    let mut tables = tables.iter();
    for input in inputs {
        match input {
            Input::Numeric { name, mean, std, flag, edges, .. } => {
                let number = Number::new(graph, name, (*mean, *std));
                encoded.push(number.plain(graph, *flag));
                pieces.extend(number.pieces(graph, edges));
            }
            Input::Categorical { name, words } => encoded.push(hot(graph, name, words.list())),
            Input::Embedded { name, words } => {
                let position = position(graph, name, words.list());
                let table = tables.next().map(|table| graph.floats(&table.shape, &table.values)).unwrap_or_default();
                let numbers = graph.apply("Gather", &[&table, &position], Vec::new());
                let column = graph.ints(&[1]);
                encoded.push(graph.apply("Squeeze", &[&numbers, &column], Vec::new()));
            }
            // Nothing that is made of columns reads text or looks at images.
            Input::Text { .. } | Input::Image { .. } => {}
        }
    }
    let plain = side_by_side(graph, &encoded);
    if pieces.is_empty() {
        return Columns { all: plain.clone(), plain };
    }
    pieces.insert(0, plain.clone());
    Columns { all: side_by_side(graph, &pieces), plain }
}

fn side_by_side(graph: &mut Graph, values: &[String]) -> String {
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    graph.apply("Concat", &values, vec![int("axis", 1)])
}

/// A column of numbers in the graph, in double precision, as training has it.
struct Number {
    deviations: String,
    missing: String,
    zero: String,
}

impl Number {
    fn new(graph: &mut Graph, name: &str, (mean, std): (f64, f64)) -> Self {
        graph.input(name, data_type::FLOAT);
        let value = graph.cast(name, data_type::DOUBLE);
        let (mean, std, zero) = (graph.double(mean), graph.double(std), graph.double(0.0));
        let distance = graph.apply("Sub", &[&value, &mean], Vec::new());
        let deviations = graph.apply("Div", &[&distance, &std], Vec::new());
        let missing = graph.apply("IsNaN", &[&deviations], Vec::new());
        Self { deviations, missing, zero }
    }

    /// What is missing is 0.
    fn known(&self, graph: &mut Graph, values: &str) -> String {
        let known = graph.apply("Where", &[&self.missing, &self.zero, values], Vec::new());
        graph.cast(&known, data_type::FLOAT)
    }

    fn plain(&self, graph: &mut Graph, flag: bool) -> String {
        let known = self.known(graph, &self.deviations);
        if !flag {
            return known;
        }
        let missing = graph.cast(&self.missing, data_type::FLOAT);
        side_by_side(graph, &[known, missing])
    }

    fn pieces(&self, graph: &mut Graph, edges: &[f64]) -> Option<String> {
        let (from, wide): (Vec<f64>, Vec<f64>) = edges.windows(2).map(|edges| (edges[0], edges[1] - edges[0])).unzip();
        if from.is_empty() {
            return None;
        }
        let (from, wide, one) = (graph.doubles(&from), graph.doubles(&wide), graph.double(1.0));
        let behind = graph.apply("Sub", &[&self.deviations, &from], Vec::new());
        let share = graph.apply("Div", &[&behind, &wide], Vec::new());
        let share = graph.apply("Clip", &[&share, &self.zero, &one], Vec::new());
        Some(self.known(graph, &share))
    }
}

/// A column of words: one number a word, and one for all others.
fn hot(graph: &mut Graph, name: &str, known: &[String]) -> String {
    let position = position(graph, name, known);
    let (depth, off_and_on) = (graph.ints(&[known.len() as i64 + 1]), graph.floats(&[2], &[0.0, 1.0]));
    let hot = graph.apply("OneHot", &[&position, &depth, &off_and_on], Vec::new());
    let column = graph.ints(&[1]);
    graph.apply("Squeeze", &[&hot, &column], Vec::new())
}

/// Where the word of a column is among those that are known, or after the last.
fn position(graph: &mut Graph, name: &str, known: &[String]) -> String {
    graph.input(name, data_type::STRING);
    let unknown = known.len() as i64;
    let positions = vec![
        words("keys_strings", known),
        int_list("values_int64s", (0..unknown).collect()),
        int("default_int64", unknown),
    ];
    graph.apply_ml("LabelEncoder", &[name], positions)
}
