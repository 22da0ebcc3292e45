//! Networks side by side, each from a beginning of its own, whose mean is the answer: Hansen & Salamon 1990, "Neural network
//! ensembles"; for tables see Gorishniy, Kotelnikov & Babenko 2024, arXiv:2410.24210.
//!
//! Each learns as if it were alone. Members may be given only the first inputs of a row.

#[cfg(feature = "train")]
use burn::tensor::Tensor;
use domain::job::MlpSpec;

use super::{DropoutAt, dense::Dense, initial::Initial};
use crate::weights::Weights;

#[derive(Clone, Debug)]
pub(crate) struct Ensemble {
    pub(crate) members: Vec<Dense>,
}

impl Ensemble {
    /// One, without hidden layers.
    pub(crate) fn linear(inputs: usize, outputs: usize) -> Self {
        Self { members: vec![Dense::linear(inputs, outputs)] }
    }

    /// Members that see the pieces of numbers are given all `inputs`, the others the `plain` ones.
    pub(crate) fn mlp(spec: &MlpSpec, inputs: usize, plain: usize, outputs: usize) -> Self {
        let seen = |member| if spec.sees_pieces(member) { inputs } else { plain };
        Self { members: (0..spec.members()).map(|member| Dense::mlp(spec, seen(member), outputs)).collect() }
    }

    pub(crate) fn inputs(&self) -> usize {
        self.members.iter().map(|member| member.widths[0]).max().unwrap_or(1)
    }

    pub(crate) fn outputs(&self) -> usize {
        self.members.first().map_or(1, Dense::outputs)
    }

    pub(crate) fn widest(&self) -> usize {
        self.members.iter().map(Dense::widest).max().unwrap_or(1)
    }

    /// Parameters of one member.
    pub(crate) fn parameters_each(&self) -> usize {
        2 * self.members.first().map_or(1, Dense::layers)
    }

    /// One member has the names of a model that is alone.
    pub(super) fn parameters(&self, initial: Initial) -> Weights {
        let alone = self.members.len() == 1;
        let of = |(at, member): (usize, &Dense)| {
            let prefix = if alone { String::new() } else { format!("member.{at}.") };
            member.parameters(initial.apart(key(at), &prefix))
        };
        self.members.iter().enumerate().flat_map(of).collect()
    }

    /// What each member says: rows x inputs to rows x outputs. `parameters` are in the order of [`super::Model::initial`].
    #[cfg(feature = "train")]
    pub(crate) fn forward(
        &self,
        x: &Tensor<2>,
        parameters: &[Tensor<2>],
        dropout: Option<DropoutAt>,
    ) -> Vec<Tensor<2>> {
        let rows = x.dims()[0];
        let each = parameters.chunks_exact(self.parameters_each());
        let members = self.members.iter().zip(each).enumerate();
        let says = |(at, (member, parameters)): (usize, (&Dense, &[Tensor<2>]))| {
            let x = x.clone().slice([0..rows, 0..member.widths[0]]);
            member.forward(x, parameters, dropout.map(|dropout| dropout.of_member(at)))
        };
        members.map(says).collect()
    }
}

impl DropoutAt {
    /// For a member: none leaves out what another does.
    pub(crate) fn of_member(self, at: usize) -> Self {
        Self { seed: self.seed ^ key(at), ..self }
    }
}

/// Keeps streams of random numbers apart; the first member has those of a model that is alone.
fn key(member: usize) -> u64 {
    (member as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
