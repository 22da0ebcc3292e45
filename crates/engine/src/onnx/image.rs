//! A convolutional network as a graph. ONNX decodes no files: the caller gives what [`HOW_TO_GIVE_IMAGES`] says. Standardising
//! and everything after it is within the graph.

use dataset::Input;

use super::{
    graph::{Graph, int, int_list},
    layers,
};
use crate::{
    model::{Block, Cnn},
    weights::Matrix,
};

/// For the model card.
pub(crate) const HOW_TO_GIVE_IMAGES: &str = "`model.onnx` takes images as `float32` numbers from 0 to 255 of shape [rows, channels, \
    size, size], red, green and blue one after the other (or grey alone), because ONNX decodes no files: cut the middle square out \
    of each image and resize it first.";

/// The logits: rows x classes. `None` when the feature is no image.
pub(super) fn outputs(graph: &mut Graph, input: &Input, model: &Cnn, weights: &[Matrix]) -> Option<String> {
    let Input::Image { name, size, channels, mean, std } = input else { return None };
    graph.input_of(name, &[i64::from(*channels), i64::from(*size), i64::from(*size)]);
    let each = |values: &[f64]| values.iter().map(|value| *value as f32).collect::<Vec<f32>>();
    let [mean, std] = [mean, std].map(|values| graph.floats(&[values.len(), 1, 1], &each(values)));
    let distance = graph.apply("Sub", &[name, &mean], Vec::new());
    let mut x = graph.apply("Div", &[&distance, &std], Vec::new());
    let (convolutions, head) = weights.split_at(model.convolutions());
    for (block, pair) in model.blocks.iter().zip(convolutions.chunks_exact(2)) {
        let weight = graph.floats(&[block.outputs, block.inputs, 3, 3], &turned(block, &pair[0].values));
        let bias = graph.floats(&[block.outputs], &pair[1].values);
        let pads = vec![int_list("pads", vec![1; 4]), int_list("kernel_shape", vec![3, 3])];
        x = graph.apply("Conv", &[&x, &weight, &bias], pads);
        x = graph.apply("Relu", &[&x], Vec::new());
        let halves = vec![int_list("kernel_shape", vec![2, 2]), int_list("strides", vec![2, 2])];
        x = graph.apply("MaxPool", &[&x], halves);
    }
    // Here the channels of a pixel lie side by side, there one after the other.
    let x = graph.apply("Transpose", &[&x], vec![int_list("perm", vec![0, 2, 3, 1])]);
    let x = graph.apply("Flatten", &[&x], vec![int("axis", 1)]);
    Some(layers(graph, x, &model.head, head))
}

/// From [window x inputs, outputs] to [outputs, inputs, window].
fn turned(block: &Block, weight: &[f32]) -> Vec<f32> {
    let Block { inputs, outputs, .. } = *block;
    let window = weight.len() / (inputs * outputs);
    let mut turned = Vec::with_capacity(weight.len());
    for output in 0..outputs {
        for input in 0..inputs {
            turned.extend((0..window).map(|place| weight[(place * inputs + input) * outputs + output]));
        }
    }
    turned
}
