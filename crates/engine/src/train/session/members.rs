//! Which members of a finished ensemble speak: all, or only those that see numbers in pieces, or only those that do not.
//!
//! Who is left out says nothing: the last layer is multiplied by what each member counts, so that the model stays as it is
//! described.

use domain::{
    job::{InputShape, LogLevel, MlpSpec, ModelSpec},
    wire::trainer::Frame,
};

use super::{Session, Sink};
use crate::{
    Error,
    weights::{Matrix, Weights},
};

/// How much smaller the validation loss of a half must be than that of all: less is chance.
const CLEARLY: f64 = 0.95;

impl Session<'_> {
    /// Chooses by the validation rows, from the weights of the best epoch.
    pub(super) fn choose_members(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let ModelSpec::Mlp(mlp) = &self.spec.model else { return Ok(()) };
        let InputShape::Numbers { width, plain, .. } = self.data.encoder.shape() else { return Ok(()) };
        if mlp.members() < 2 || width == plain {
            return Ok(());
        }
        let mut lowest = self.validation_loss(&self.best)? * CLEARLY;
        let mut chosen = None;
        for pieces in [false, true] {
            let weights = only(&self.best, mlp, pieces, self.data.encoder.codes().len());
            let loss = self.validation_loss(&weights)?;
            if loss < lowest {
                (lowest, chosen) = (loss, Some((weights, pieces)));
            }
        }
        let Some((weights, pieces)) = chosen else { return Ok(()) };
        self.best = weights;
        let which = if pieces { "see numbers in pieces" } else { "see numbers whole" };
        let text = format!("The members that {which} know the validation rows better alone: the others were left out.");
        sink.emit(Frame::Log { level: LogLevel::Info, text })
    }

    fn validation_loss(&self, weights: &Weights) -> Result<f64, Error> {
        let loss = self.passes.loss(&self.ask(weights, &self.data.validation)?)?;
        Ok(if loss.is_finite() { loss } else { f64::INFINITY })
    }
}

/// Undoes that: who speaks says what it would say alone, and who was left out learns to speak again.
pub(super) fn give_back_their_voice(weights: &mut Weights, spec: &ModelSpec, tables: usize) {
    let ModelSpec::Mlp(mlp) = spec else { return };
    let each = (weights.len() - tables) / mlp.members() as usize;
    let mut lasts: Vec<&mut [Matrix]> =
        weights[tables..].chunks_exact_mut(each).map(|parameters| parameters.split_at_mut(each - 2).1).collect();
    let is_silent = |last: &&mut [Matrix]| last.iter().all(|matrix| matrix.values.iter().all(|value| *value == 0.0));
    let speaking = lasts.iter().filter(|last| !is_silent(last)).count();
    if speaking == 0 || speaking == lasts.len() {
        return;
    }
    let share = speaking as f32 / lasts.len() as f32;
    for value in lasts.iter_mut().flat_map(|last| last.iter_mut()).flat_map(|matrix| &mut matrix.values) {
        *value *= share;
    }
}

/// The weights with which only the members speak that see pieces, or only those that do not. The first `tables` belong to all.
fn only(weights: &Weights, mlp: &MlpSpec, pieces: bool, tables: usize) -> Weights {
    let members = mlp.members();
    let speaking = (0..members).filter(|member| mlp.sees_pieces(*member) == pieces).count().max(1);
    let each = (weights.len() - tables) / members as usize;
    let mut weights = weights.clone();
    for (member, parameters) in (0..members).zip(weights[tables..].chunks_exact_mut(each)) {
        let share = if mlp.sees_pieces(member) == pieces { members as f32 / speaking as f32 } else { 0.0 };
        let last = parameters.len().saturating_sub(2);
        for value in parameters[last..].iter_mut().flat_map(|matrix| &mut matrix.values) {
            *value *= share;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use domain::job::{MlpSpec, ModelSpec};

    use super::{give_back_their_voice, only};
    use crate::weights::Matrix;

    #[test]
    fn who_was_left_out_is_found_and_the_others_say_what_they_would_alone() {
        let spec = MlpSpec { hidden: vec![1], members: Some(4), pieces: Some(2), ..MlpSpec::default() };
        let matrix = |value: f32| Matrix { name: String::new(), shape: [1, 1], values: vec![value] };
        // A table, then two layers of each member.
        let whole: Vec<Matrix> = (0..17).map(|at| matrix(at as f32 + 1.0)).collect();
        let mut halved = only(&whole, &spec, true, 1);
        assert_ne!(halved, whole);
        give_back_their_voice(&mut halved, &ModelSpec::Mlp(spec.clone()), 1);
        for (at, (found, was)) in halved.iter().zip(&whole).enumerate() {
            let silent = [3, 4, 7, 8].contains(&at);
            assert_eq!(found.values[0], if silent { 0.0 } else { was.values[0] }, "{at}");
        }
        let mut same = whole.clone();
        give_back_their_voice(&mut same, &ModelSpec::Mlp(spec), 1);
        assert_eq!(same, whole);
    }
}
