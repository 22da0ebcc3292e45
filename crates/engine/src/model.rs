//! Architectures: initial weights from a spec, and the forward pass on Burn tensors.

use burn::tensor::{Device as BurnDevice, Tensor, TensorData, activation};
use domain::job::{Activation, ModelSpec};

use crate::{
    Error,
    random::{Purpose, Random},
    simd::{Simd, Work, fastest},
    weights::{Matrix, Weights},
};

/// A stack of fully connected layers; a linear model is a stack of one.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    pub(crate) activation: Activation,
    pub(crate) dropout: f64,
    /// Inputs, hidden widths, outputs.
    pub(crate) widths: Vec<usize>,
}

/// Which units are left out, and when: nothing at inference.
#[derive(Clone, Copy)]
pub(crate) struct DropoutAt {
    pub(crate) seed: u64,
    pub(crate) step: u64,
}

impl Model {
    pub(crate) fn new(spec: &ModelSpec, inputs: usize, outputs: usize) -> Self {
        let (activation, dropout, hidden) = match spec {
            ModelSpec::Linear => (Activation::Relu, 0.0, Vec::new()),
            ModelSpec::Mlp(mlp) => (mlp.activation, mlp.dropout, mlp.hidden.clone()),
        };
        let widths = [inputs].into_iter().chain(hidden.iter().map(|width| *width as usize)).chain([outputs]).collect();
        Self { activation, dropout, widths }
    }

    /// Numbers a row that the largest layer takes or gives.
    pub(crate) fn widest(&self) -> usize {
        self.widths.iter().copied().max().unwrap_or(1).max(1)
    }

    pub(crate) fn activation(&self) -> Activation {
        self.activation
    }

    pub(crate) fn layers(&self) -> usize {
        self.widths.len() - 1
    }

    /// Numbers that it says of a row.
    pub(crate) fn outputs(&self) -> usize {
        self.widths.last().copied().unwrap_or(1)
    }

    /// Whether the slope of a hidden unit cannot be seen in its value.
    pub(crate) fn needs_slopes(&self) -> bool {
        self.dropout > 0.0 || self.activation != Activation::Relu
    }

    /// Hidden layers: He et al. 2015 (arXiv:1502.01852) for ReLU and GELU, Glorot & Bengio 2010 for tanh. The output layer
    /// starts small (and the linear model, which is convex, at zero), so that the first loss is that of a guess.
    pub(crate) fn initial(&self, seed: u64) -> Weights {
        let mut weights = Vec::with_capacity(self.layers() * 2);
        for layer in 0..self.layers() {
            let (inputs, outputs) = (self.widths[layer], self.widths[layer + 1]);
            let last = layer + 1 == self.layers();
            let bound = match (last, self.activation) {
                (true, _) if self.layers() == 1 => 0.0,
                (true, _) => 1.0 / (inputs as f32).sqrt() * 0.5,
                (false, Activation::Tanh) => (6.0 / (inputs + outputs) as f32).sqrt(),
                (false, Activation::Relu | Activation::Gelu) => (6.0 / inputs as f32).sqrt(),
            };
            let mut random = Random::new(seed, Purpose::Weights { parameter: layer });
            let name = if last { "output".to_owned() } else { format!("hidden.{layer}") };
            let values = (0..inputs * outputs).map(|_| (random.unit() * 2.0 - 1.0) * bound).collect();
            weights.push(Matrix { name: format!("{name}.weight"), shape: [inputs, outputs], values });
            weights.push(Matrix { name: format!("{name}.bias"), shape: [1, outputs], values: vec![0.0; outputs] });
        }
        weights
    }

    /// Rows x inputs to rows x outputs. `parameters` are in the order of [`Model::initial`].
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        let mut x = x;
        for (layer, pair) in parameters.chunks_exact(2).enumerate() {
            x = x.matmul(pair[0].clone()).add(pair[1].clone());
            if layer + 1 == self.layers() {
                break;
            }
            x = match self.activation {
                Activation::Relu => activation::relu(x),
                Activation::Gelu => activation::gelu(x),
                Activation::Tanh => activation::tanh(x),
            };
            if let Some(at) = dropout.filter(|_| self.dropout > 0.0) {
                let shape = x.dims();
                let mut mask = vec![0.0; shape[0] * shape[1]];
                self.mask(at, layer, &mut mask);
                let mask = Tensor::from_data(TensorData::new(mask, shape), &x.device());
                x = x.mul(mask);
            }
        }
        x
    }

    /// The factors of the units of a layer (rows x width): 0 for those that are left out; the others are scaled so that the
    /// expectation stays.
    pub(crate) fn mask(&self, at: DropoutAt, layer: usize, factors: &mut [f32]) {
        let random = Random::new(at.seed, Purpose::Dropout { step: at.step, layer });
        let (share, scale) = (self.dropout as f32, (1.0 / (1.0 - self.dropout)) as f32);
        fastest(Mask { random, share, scale, factors });
    }
}

struct Mask<'a> {
    random: Random,
    share: f32,
    scale: f32,
    factors: &'a mut [f32],
}

impl Work for Mask<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _: S) {
        let Self { mut random, share, scale, factors } = self;
        for factor in factors {
            *factor = if random.unit() < share { 0.0 } else { scale };
        }
    }
}

/// The parameters as tensors on a device.
pub(crate) fn tensors(weights: &[Matrix], device: &BurnDevice) -> Vec<Tensor<2>> {
    weights
        .iter()
        .map(|matrix| Tensor::from_data(TensorData::new(matrix.values.clone(), matrix.shape), device))
        .collect()
}

/// The numbers of a tensor, row-major.
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .map_err(|error| Error::Internal(format!("a tensor cannot be read: {error:?}")))
}
