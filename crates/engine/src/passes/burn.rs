//! The passes as Burn does them: tensors on a device, and gradients by automatic differentiation.

use burn::tensor::{Device as BurnDevice, Tensor, TensorData};
use domain::job::Device;

use super::Batch;
use crate::{
    Error, device,
    evaluate::Outputs,
    loss::loss,
    model::{DropoutAt, Model, mean_of, tensors, values},
    objective::{Objective, Summed},
    weights::Matrix,
};

/// Rows that go through the model at once when it is only asked.
const CHUNK: usize = 4_096;

pub(crate) struct BurnPasses {
    device: BurnDevice,
    objective: Objective,
    model: Model,
    gradients: Vec<Vec<f32>>,
}

impl BurnPasses {
    pub(crate) fn new(device: Device, model: &Model, objective: &Objective) -> Result<Self, Error> {
        Ok(Self {
            device: device::plain(device)?,
            objective: objective.clone(),
            model: model.clone(),
            gradients: Vec::new(),
        })
    }

    pub(crate) fn learn(&mut self, weights: &[Matrix], batch: &mut Batch, dropout: DropoutAt) -> Result<f32, Error> {
        let device = self.device.clone().autodiff();
        let rows = batch.outputs.y.len();
        let x = TensorData::new(batch.x.clone(), [rows, batch.x.len() / rows.max(1)]);
        let parameters: Vec<Tensor<2>> = tensors(weights, &device).into_iter().map(Tensor::require_grad).collect();
        let told = self.model.forward(Tensor::from_data(x, &device), &parameters, Some(dropout));
        let members = told.len();
        let mut all = Vec::new();
        for outputs in &told {
            all.extend(values(outputs.clone().inner())?);
        }
        mean_of(members, &all, &mut batch.outputs.values);
        let losses = told.into_iter().map(|outputs| loss(&self.objective, outputs, &batch.outputs.y));
        let loss = losses.reduce(Tensor::add).ok_or_else(|| Error::Internal("a model has no members".into()))?;
        let value = values(loss.clone().inner())?.first().copied().unwrap_or(f32::NAN) / members as f32;
        if value.is_finite() {
            let gradients = loss.backward();
            let gradients: Result<_, Error> = parameters
                .iter()
                .map(|parameter| {
                    let gradient = parameter.grad(&gradients);
                    values(gradient.ok_or_else(|| Error::Internal("a parameter has no gradient".into()))?)
                })
                .collect();
            self.gradients = gradients?;
        }
        Ok(value)
    }

    pub(crate) fn gradients(&self) -> &[Vec<f32>] {
        &self.gradients
    }

    pub(crate) fn ask(&self, weights: &[Matrix], x: &[f32]) -> Result<Vec<f32>, Error> {
        let inputs = self.model.inputs();
        let parameters = tensors(weights, &self.device);
        let mut told = Vec::with_capacity(x.len() / inputs * self.model.outputs());
        let mut mean = Vec::new();
        for chunk in x.chunks(CHUNK * inputs) {
            let x = TensorData::new(chunk.to_vec(), [chunk.len() / inputs, inputs]);
            let mut all = Vec::new();
            let outputs = self.model.forward(Tensor::from_data(x, &self.device), &parameters, None);
            let members = outputs.len();
            for outputs in outputs {
                all.extend(values(outputs)?);
            }
            mean_of(members, &all, &mut mean);
            told.extend_from_slice(&mean);
        }
        Ok(told)
    }

    pub(crate) fn loss(&self, told: &Outputs) -> Result<f64, Error> {
        let (outputs, objective) = (self.model.outputs(), self.objective.judged());
        let mut sum = Summed::default();
        for (chunk, y) in told.values.chunks(CHUNK * outputs).zip(told.y.chunks(CHUNK)) {
            let tensor = Tensor::<2>::from_data(TensorData::new(chunk.to_vec(), [y.len(), outputs]), &self.device);
            let mean = f64::from(values(loss(&objective, tensor, y))?.first().copied().unwrap_or(f32::NAN));
            let weight = objective.weight(y);
            sum.add(Summed { loss: mean * weight, weight });
        }
        Ok(sum.mean())
    }
}
