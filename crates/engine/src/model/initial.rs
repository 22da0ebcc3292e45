//! Initial weights, one parameter after the other, each drawn from a stream of its own.

use crate::{
    random::{Purpose, Random},
    weights::{Matrix, Weights},
};

pub(super) struct Initial {
    /// None draws nothing: all weights are zero.
    seed: Option<u64>,
    /// Before every name.
    prefix: String,
    pub(super) weights: Weights,
}

impl Initial {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed: Some(seed), prefix: String::new(), weights: Weights::new() }
    }

    /// For who needs only names and shapes.
    pub(super) fn zeros() -> Self {
        Self { seed: None, prefix: String::new(), weights: Weights::new() }
    }

    /// With streams of its own that never meet those of `self`: for a part that counts its parameters from 0 again.
    pub(super) fn apart(&self, key: u64, prefix: &str) -> Self {
        Self { seed: self.seed.map(|seed| seed ^ key), prefix: prefix.to_owned(), weights: Weights::new() }
    }

    /// Uniform between minus `bound` and `bound`, from the stream that has the number of the parameter.
    pub(super) fn uniform(&mut self, name: &str, shape: [usize; 2], bound: f32) {
        self.draw(self.weights.len(), name, shape, bound);
    }

    fn draw(&mut self, stream: usize, name: &str, shape: [usize; 2], bound: f32) {
        let count = shape[0] * shape[1];
        let values = self.seed.map_or_else(
            || vec![0.0; count],
            |seed| {
                let mut random = Random::new(seed, Purpose::Weights { parameter: stream });
                (0..count).map(|_| (random.unit() * 2.0 - 1.0) * bound).collect()
            },
        );
        self.keep(name, shape, values);
    }

    fn keep(&mut self, name: &str, shape: [usize; 2], values: Vec<f32>) {
        self.weights.push(Matrix { name: format!("{}{name}", self.prefix), shape, values });
    }

    pub(super) fn constant(&mut self, name: &str, shape: [usize; 2], value: f32) {
        self.keep(name, shape, vec![value; shape[0] * shape[1]]);
    }

    /// A fully connected layer, `[inputs, outputs]`, without bias at first.
    pub(super) fn linear(&mut self, name: &str, shape: [usize; 2], bound: f32) {
        self.linear_from(self.weights.len(), name, shape, bound);
    }

    /// The same, from another stream.
    pub(super) fn linear_from(&mut self, stream: usize, name: &str, shape: [usize; 2], bound: f32) {
        self.draw(stream, &format!("{name}.weight"), shape, bound);
        self.constant(&format!("{name}.bias"), [1, shape[1]], 0.0);
    }

    /// A normalisation that changes nothing at first.
    pub(super) fn norm(&mut self, name: &str, width: usize) {
        self.constant(&format!("{name}.weight"), [1, width], 1.0);
        self.constant(&format!("{name}.bias"), [1, width], 0.0);
    }
}
