//! The passes of a model over rows: forward when it is asked; forward, loss and backward when it learns. On `flex` they
//! are those of [`crate::fused`]; on every other device they are Burn's, which are the reference.

mod burn;

use domain::job::Device;

pub(crate) use self::burn::BurnPasses;
use crate::{
    Error,
    evaluate::Outputs,
    fused::FusedPasses,
    model::{DropoutAt, Model},
    objective::Objective,
    weights::Matrix,
};

/// Rows that a model learns from in one step, and what it said of them. Filled again for every step.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Rows x inputs.
    pub(crate) x: Vec<f32>,
    /// The targets, and what the model said before it learned from them.
    pub(crate) outputs: Outputs,
}

pub(crate) enum Passes {
    Fused(FusedPasses),
    Burn(BurnPasses),
}

impl Passes {
    /// # Errors
    /// When there is no such device.
    pub(crate) fn new(device: Device, model: &Model, objective: &Objective) -> Result<Self, Error> {
        Ok(match device {
            Device::Flex => Self::Fused(FusedPasses::new(model, objective)),
            other => Self::Burn(BurnPasses::new(other, model, objective)?),
        })
    }

    /// The mean loss of a batch. What the model said is left in the batch, and the gradients are there to be asked for,
    /// unless the loss is not finite.
    pub(crate) fn learn(&mut self, weights: &[Matrix], batch: &mut Batch, dropout: DropoutAt) -> Result<f32, Error> {
        match self {
            Self::Fused(passes) => {
                let Outputs { values, y } = &mut batch.outputs;
                Ok(passes.learn(weights, &batch.x, y, dropout, values))
            }
            Self::Burn(passes) => passes.learn(weights, batch, dropout),
        }
    }

    /// Of the last batch, in the order of the parameters.
    pub(crate) fn gradients(&self) -> &[Vec<f32>] {
        match self {
            Self::Fused(passes) => passes.gradients(),
            Self::Burn(passes) => passes.gradients(),
        }
    }

    /// What the model says of the rows of `x` (rows x inputs), without dropout: rows x outputs.
    pub(crate) fn ask(&self, weights: &[Matrix], x: &[f32]) -> Result<Vec<f32>, Error> {
        match self {
            Self::Fused(passes) => Ok(passes.ask(weights, x)),
            Self::Burn(passes) => passes.ask(weights, x),
        }
    }

    /// The mean loss of what a model said.
    pub(crate) fn loss(&self, told: &Outputs) -> Result<f64, Error> {
        match self {
            Self::Fused(passes) => Ok(passes.loss(&told.values, &told.y)),
            Self::Burn(passes) => passes.loss(told),
        }
    }
}
