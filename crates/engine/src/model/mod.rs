//! Architectures: initial weights from a spec, and the forward pass on Burn tensors, which is the reference.

mod cnn;
mod dense;
mod dropout;
mod embedded;
mod ensemble;
mod initial;
mod resnet;
mod transformer;

#[cfg(feature = "train")]
use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use dataset::{Code, Encoder};
use domain::job::{InputShape, ModelSpec};

use self::initial::Initial;
pub(crate) use self::{
    cnn::{Block, Cnn, WINDOW},
    dense::Dense,
    dropout::{DropoutAt, mask},
    embedded::Embedded,
    ensemble::Ensemble,
    resnet::Resnet,
    transformer::{EPSILON, Site, Transformer, at},
};
#[cfg(feature = "train")]
use crate::weights::Matrix;
use crate::{Error, weights::Weights};

/// A model without its weights.
#[derive(Clone, Debug)]
pub(crate) enum Model {
    /// Of fully connected layers.
    Dense(Ensemble),
    Resnet(Resnet),
    Transformer(Transformer),
    Cnn(Cnn),
    Embedded(Box<Embedded>),
}

impl Model {
    /// That for the rows of an encoder.
    ///
    /// # Errors
    /// As [`Model::new`].
    pub(crate) fn of(spec: &ModelSpec, encoder: &Encoder) -> Result<Self, Error> {
        Ok(Self::new(spec, encoder.shape(), encoder.outputs())?.embedding(encoder.codes(), encoder.width()))
    }

    /// The same for rows of so many numbers, of which some are positions of words.
    pub(crate) fn embedding(self, codes: Vec<Code>, inputs: usize) -> Self {
        if codes.is_empty() { self } else { Self::Embedded(Box::new(Embedded { codes, inputs, inner: self })) }
    }

    /// # Errors
    /// When the spec is for rows of another kind, which [`domain::job::TrainingRequest::resolve`] does not let through.
    pub(crate) fn new(spec: &ModelSpec, shape: InputShape, outputs: usize) -> Result<Self, Error> {
        match (spec, shape) {
            (ModelSpec::Linear, InputShape::Numbers { width, .. }) => {
                Ok(Self::Dense(Ensemble::linear(width as usize, outputs)))
            }
            (ModelSpec::Mlp(mlp), InputShape::Numbers { width, plain, .. }) => {
                Ok(Self::Dense(Ensemble::mlp(mlp, width as usize, plain as usize, outputs)))
            }
            (ModelSpec::Resnet(spec), InputShape::Numbers { width, .. }) => {
                Ok(Self::Resnet(Resnet::new(spec, width as usize, outputs)))
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
            Self::Dense(ensemble) => ensemble.inputs(),
            Self::Resnet(resnet) => resnet.inputs,
            Self::Transformer(transformer) => transformer.length,
            Self::Cnn(cnn) => cnn.inputs(),
            Self::Embedded(embedded) => embedded.inputs,
        }
    }

    /// Numbers that it says of a row.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Dense(ensemble) => ensemble.outputs(),
            Self::Resnet(resnet) => resnet.outputs,
            Self::Transformer(transformer) => transformer.outputs,
            Self::Cnn(cnn) => cnn.head.outputs(),
            Self::Embedded(embedded) => embedded.inner.outputs(),
        }
    }

    /// Numbers a row that the largest layer takes or gives.
    pub(crate) fn widest(&self) -> usize {
        match self {
            Self::Dense(ensemble) => ensemble.widest(),
            Self::Resnet(resnet) => resnet.widest(),
            Self::Transformer(transformer) => transformer.widest(),
            Self::Cnn(cnn) => cnn.widest(),
            Self::Embedded(embedded) => embedded.inner.widest(),
        }
    }

    /// The weights that training begins with.
    pub(crate) fn initial(&self, seed: u64) -> Weights {
        self.parameters(Initial::new(seed))
    }

    /// Names and shapes of the weights, all zero.
    pub(crate) fn layout(&self) -> Weights {
        self.parameters(Initial::zeros())
    }

    fn parameters(&self, initial: Initial) -> Weights {
        match self {
            Self::Dense(ensemble) => ensemble.parameters(initial),
            Self::Resnet(resnet) => resnet.parameters(initial),
            Self::Transformer(transformer) => transformer.parameters(initial),
            Self::Cnn(cnn) => cnn.parameters(initial),
            Self::Embedded(embedded) => embedded.parameters(initial),
        }
    }

    /// What each member says: rows x inputs to rows x outputs. `parameters` are in the order of [`Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(&self, x: Tensor<2>, parameters: &[Tensor<2>], dropout: Option<DropoutAt>) -> Vec<Tensor<2>> {
        match self {
            Self::Dense(ensemble) => ensemble.forward(&x, parameters, dropout),
            Self::Resnet(resnet) => vec![resnet.forward(x, parameters, dropout)],
            Self::Transformer(transformer) => vec![transformer.forward(x, parameters, dropout)],
            Self::Cnn(cnn) => vec![cnn.forward(x, parameters, dropout)],
            Self::Embedded(embedded) => embedded.forward(&x, parameters, dropout),
        }
    }
}

/// The mean of what members said, which is one block of numbers a member.
pub(crate) fn mean_of(members: usize, told: &[f32], mean: &mut Vec<f32>) {
    let count = told.len() / members.max(1);
    mean.clear();
    mean.resize(count, 0.0);
    let share = 1.0 / members.max(1) as f32;
    for block in told.chunks_exact(count.max(1)) {
        mean.iter_mut().zip(block).for_each(|(mean, told)| *mean += told * share);
    }
}

/// The parameters as tensors on a device.
#[cfg(feature = "train")]
pub(crate) fn tensors(weights: &[Matrix], device: &BurnDevice) -> Vec<Tensor<2>> {
    weights
        .iter()
        .map(|matrix| Tensor::from_data(TensorData::new(matrix.values.clone(), matrix.shape), device))
        .collect()
}

/// The numbers of a tensor, row-major.
#[cfg(feature = "train")]
pub(crate) fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, Error> {
    tensor
        .into_data()
        .try_into_vec::<f32>()
        .map_err(|error| Error::Internal(format!("a tensor cannot be read: {error:?}")))
}
