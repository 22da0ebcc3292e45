//! Architectures: initial weights from a spec, and the forward pass on Burn tensors, which is the reference.

mod cnn;
mod dense;
mod dropout;
mod initial;
mod transformer;

use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use domain::job::{InputShape, ModelSpec};

pub(crate) use self::{
    cnn::{Block, Cnn, WINDOW},
    dense::Dense,
    dropout::{DropoutAt, mask},
    transformer::{EPSILON, Site, Transformer, at},
};
use crate::{
    Error,
    weights::{Matrix, Weights},
};

/// A model without its weights.
#[derive(Clone, Debug)]
pub(crate) enum Model {
    Dense(Dense),
    Transformer(Transformer),
    Cnn(Cnn),
}

impl Model {
    /// # Errors
    /// When the spec is for rows of another kind, which [`domain::job::TrainingRequest::resolve`] does not let through.
    pub(crate) fn new(spec: &ModelSpec, shape: InputShape, outputs: usize) -> Result<Self, Error> {
        match (spec, shape) {
            (ModelSpec::Linear, InputShape::Numbers { width }) => {
                Ok(Self::Dense(Dense::linear(width as usize, outputs)))
            }
            (ModelSpec::Mlp(mlp), InputShape::Numbers { width }) => {
                Ok(Self::Dense(Dense::mlp(mlp, width as usize, outputs)))
            }
            (ModelSpec::Transformer(spec), InputShape::Tokens { length, vocabulary }) => {
                Ok(Self::Transformer(Transformer::new(spec, length as usize, vocabulary as usize, outputs)))
            }
            (ModelSpec::Cnn(spec), InputShape::Pixels { size, channels }) => {
                Ok(Self::Cnn(Cnn::new(spec, size as usize, channels as usize, outputs)))
            }
            _ => Err(Error::Internal(format!("a model of kind {} cannot be given {shape:?}", spec.kind()))),
        }
    }

    /// Numbers of a row.
    pub(crate) fn inputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.widths[0],
            Self::Transformer(transformer) => transformer.length,
            Self::Cnn(cnn) => cnn.inputs(),
        }
    }

    /// Numbers that it says of a row.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.outputs(),
            Self::Transformer(transformer) => transformer.outputs,
            Self::Cnn(cnn) => cnn.head.outputs(),
        }
    }

    /// Numbers a row that the largest layer takes or gives.
    pub(crate) fn widest(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.widest(),
            Self::Transformer(transformer) => transformer.widest(),
            Self::Cnn(cnn) => cnn.widest(),
        }
    }

    pub(crate) fn initial(&self, seed: u64) -> Weights {
        match self {
            Self::Dense(dense) => dense.initial(seed),
            Self::Transformer(transformer) => transformer.initial(seed),
            Self::Cnn(cnn) => cnn.initial(seed),
        }
    }

    /// Rows x inputs to rows x outputs. `parameters` are in the order of [`Model::initial`].
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Tensor<2> {
        match self {
            Self::Dense(dense) => dense.forward(x, parameters, dropout),
            Self::Transformer(transformer) => transformer.forward(x, parameters, dropout),
            Self::Cnn(cnn) => cnn.forward(x, parameters, dropout),
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
