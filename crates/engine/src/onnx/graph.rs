//! Putting a graph together: nodes in the order of computation, constants beside them.

use std::collections::HashSet;

use super::proto::{
    Attribute, Dimension, Extent, GraphProto, NodeProto, Shape, TensorProto, TensorType, TypeProto, ValueInfo,
    attribute_type, data_type,
};

/// The operators of classical machine learning: words to numbers and back.
pub(super) const ML: &str = "ai.onnx.ml";

/// A graph that grows.
pub(super) struct Graph {
    proto: GraphProto,
    /// Names that values within the graph must not have.
    taken: HashSet<String>,
    values: usize,
}

impl Graph {
    /// An empty one whose inputs will have these names.
    pub(super) fn new(inputs: impl Iterator<Item = String>) -> Self {
        Self { proto: GraphProto::default(), taken: inputs.collect(), values: 0 }
    }

    /// What the caller gives: one column of as many rows as they like.
    pub(super) fn input(&mut self, name: &str, element: i32) {
        self.proto.input.push(value_info(name, element, &[None, Some(1)]));
    }

    /// The same with `float32` numbers of such a shape for each row.
    pub(super) fn input_of(&mut self, name: &str, shape: &[i64]) {
        let dims: Vec<Option<i64>> = [None].into_iter().chain(shape.iter().copied().map(Some)).collect();
        self.proto.input.push(value_info(name, data_type::FLOAT, &dims));
    }

    /// What the caller gets, under a name that is not one of the inputs'; `width` columns, or a plain list without.
    pub(super) fn output(&mut self, name: &str, value: &str, element: i32, width: Option<i64>) {
        let mut name = name.to_owned();
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        let whole = [None, width];
        let shape = if width.is_some() { &whole[..] } else { &whole[..1] };
        self.proto.output.push(value_info(&name, element, shape));
        self.proto.node.push(node("", "Identity", &[value], &name, Vec::new()));
    }

    /// One of ONNX's own operators; gives the name of its result.
    pub(super) fn apply(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        self.apply_of("", operator, inputs, attributes)
    }

    /// An operator of [`ML`].
    pub(super) fn apply_ml(&mut self, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        self.apply_of(ML, operator, inputs, attributes)
    }

    fn apply_of(&mut self, domain: &str, operator: &str, inputs: &[&str], attributes: Vec<Attribute>) -> String {
        let result = self.fresh();
        self.proto.node.push(node(domain, operator, inputs, &result, attributes));
        result
    }

    /// An operator of ONNX's own with a second result, which nobody asks for; gives the name of the first.
    pub(super) fn apply_with_more(&mut self, operator: &str, inputs: &[&str]) -> String {
        let (result, more) = (self.fresh(), self.fresh());
        let mut node = node("", operator, inputs, &result, Vec::new());
        node.output.push(more);
        self.proto.node.push(node);
        result
    }

    pub(super) fn cast(&mut self, value: &str, element: i32) -> String {
        self.apply("Cast", &[value], vec![int("to", i64::from(element))])
    }

    pub(super) fn floats(&mut self, dims: &[usize], values: &[f32]) -> String {
        self.constant(data_type::FLOAT, dims, values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub(super) fn double(&mut self, value: f64) -> String {
        self.constant(data_type::DOUBLE, &[], value.to_le_bytes().to_vec())
    }

    pub(super) fn doubles(&mut self, values: &[f64]) -> String {
        self.constant(data_type::DOUBLE, &[values.len()], values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    pub(super) fn ints(&mut self, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.constant(data_type::INT64, &[values.len()], bytes)
    }

    pub(super) fn text(&mut self, text: &str) -> String {
        let string_data = vec![text.as_bytes().to_vec()];
        self.keep(TensorProto { data_type: data_type::STRING, string_data, ..TensorProto::default() })
    }

    fn constant(&mut self, element: i32, dims: &[usize], raw_data: Vec<u8>) -> String {
        let dims = dims.iter().map(|dim| *dim as i64).collect();
        self.keep(TensorProto { dims, data_type: element, raw_data, ..TensorProto::default() })
    }

    fn keep(&mut self, tensor: TensorProto) -> String {
        let name = self.fresh();
        self.proto.initializer.push(TensorProto { name: name.clone(), ..tensor });
        name
    }

    fn fresh(&mut self) -> String {
        loop {
            self.values += 1;
            let name = format!("/{}", self.values);
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }

    pub(super) fn finish(mut self, name: &str) -> GraphProto {
        name.clone_into(&mut self.proto.name);
        self.proto
    }
}

fn node(domain: &str, operator: &str, inputs: &[&str], output: &str, attribute: Vec<Attribute>) -> NodeProto {
    NodeProto {
        input: inputs.iter().map(|input| (*input).to_owned()).collect(),
        output: vec![output.to_owned()],
        name: format!("{operator} {output}"),
        op_type: operator.to_owned(),
        attribute,
        domain: domain.to_owned(),
    }
}

/// `None` is the number of rows.
fn value_info(name: &str, elem_type: i32, dims: &[Option<i64>]) -> ValueInfo {
    let extent = |dim: &Option<i64>| dim.map_or_else(|| Extent::Free("rows".into()), Extent::Fixed);
    let dim = dims.iter().map(|dim| Dimension { extent: Some(extent(dim)) }).collect();
    let tensor_type = TensorType { elem_type, shape: Some(Shape { dim }) };
    ValueInfo { name: name.to_owned(), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}

pub(super) fn int(name: &str, value: i64) -> Attribute {
    Attribute { name: name.to_owned(), i: value, kind: attribute_type::INT, ..Attribute::default() }
}

pub(super) fn int_list(name: &str, values: Vec<i64>) -> Attribute {
    Attribute { name: name.to_owned(), ints: values, kind: attribute_type::INTS, ..Attribute::default() }
}

pub(super) fn words(name: &str, values: &[String]) -> Attribute {
    let strings = values.iter().map(|value| value.clone().into_bytes()).collect();
    Attribute { name: name.to_owned(), strings, kind: attribute_type::STRINGS, ..Attribute::default() }
}
