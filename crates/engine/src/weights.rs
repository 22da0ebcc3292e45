//! Named matrices of numbers, and their file: safetensors (https://github.com/huggingface/safetensors).

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};

use crate::Error;

/// One parameter: `hidden.0.weight` of shape [inputs, outputs], or `hidden.0.bias` of shape [1, outputs].
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Matrix {
    pub(crate) name: String,
    pub(crate) shape: [usize; 2],
    /// Row-major.
    pub(crate) values: Vec<f32>,
}

/// All parameters of a model, in the order of its layers.
pub(crate) type Weights = Vec<Matrix>;

/// How many numbers there are to train.
pub(crate) fn count(weights: &[Matrix]) -> u64 {
    weights.iter().map(|matrix| matrix.values.len() as u64).sum()
}

/// The bytes of a safetensors file.
pub(crate) fn to_bytes(weights: &[Matrix]) -> Result<Vec<u8>, Error> {
    let bytes: Vec<Vec<u8>> =
        weights.iter().map(|matrix| matrix.values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let views: Result<Vec<_>, _> = weights
        .iter()
        .zip(&bytes)
        .map(|(matrix, bytes)| {
            TensorView::new(Dtype::F32, matrix.shape.to_vec(), bytes).map(|view| (matrix.name.as_str(), view))
        })
        .collect();
    let metadata = HashMap::from([("format".to_owned(), "athanor".to_owned())]);
    views
        .and_then(|views| serialize(views, Some(metadata)))
        .map_err(|error| Error::Internal(format!("weights cannot be written: {error}")))
}

/// Reads a file into the layout of `like`: same names, same shapes.
pub(crate) fn from_bytes(bytes: &[u8], like: &[Matrix]) -> Result<Weights, Error> {
    let damaged = |what: String| Error::Damaged(format!("a file of weights cannot be read: {what}"));
    let file = SafeTensors::deserialize(bytes).map_err(|error| damaged(error.to_string()))?;
    like.iter()
        .map(|matrix| {
            let view = file.tensor(&matrix.name).map_err(|error| damaged(error.to_string()))?;
            if view.dtype() != Dtype::F32 || view.shape() != matrix.shape {
                return Err(damaged(format!("{} has another type or shape", matrix.name)));
            }
            let values = view.data().as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
            Ok(Matrix { name: matrix.name.clone(), shape: matrix.shape, values })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Matrix, from_bytes, to_bytes};

    #[test]
    fn weights_survive_the_file_bit_for_bit() {
        let weights = vec![
            Matrix { name: "a".into(), shape: [2, 2], values: vec![1.0, -0.0, f32::MIN_POSITIVE, 3.4e38] },
            Matrix { name: "b".into(), shape: [1, 1], values: vec![0.1] },
        ];
        let bytes = to_bytes(&weights).unwrap();
        assert_eq!(from_bytes(&bytes, &weights).unwrap(), weights);
        assert!(from_bytes(&bytes[..20], &weights).is_err());
        let other = vec![Matrix { name: "a".into(), shape: [4, 1], values: vec![0.0; 4] }];
        assert!(from_bytes(&bytes, &other).is_err());
    }
}
