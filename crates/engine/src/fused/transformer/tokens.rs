//! The tokens of a batch, one text after the other: what is not there takes no part in any product.

/// Texts end to end.
#[derive(Debug, Default)]
pub(super) struct Packed {
    /// Position in the vocabulary of each token.
    pub(super) ids: Vec<u32>,
    /// Where each text begins, and where the last one ends.
    pub(super) starts: Vec<usize>,
}

impl Packed {
    /// `x` is rows x `length` positions in the vocabulary, zeros where a text has ended. What is beyond the vocabulary, which
    /// an encoder never says, is read as the last of its tokens.
    pub(super) fn fill(&mut self, x: &[f32], length: usize, vocabulary: usize) {
        self.ids.clear();
        self.starts.clear();
        self.starts.push(0);
        for row in x.chunks_exact(length) {
            let there = row.iter().take_while(|id| **id > 0.0);
            self.ids.extend(there.map(|id| (*id as u32).min(vocabulary as u32 - 1)));
            self.starts.push(self.ids.len());
        }
    }

    /// Tokens of all texts.
    pub(super) fn tokens(&self) -> usize {
        self.ids.len()
    }

    /// First token and number of tokens of each text.
    pub(super) fn texts(&self) -> impl Iterator<Item = (usize, usize)> {
        self.starts.windows(2).map(|pair| (pair[0], pair[1] - pair[0]))
    }

    /// Tokens squared of each text, together: one head's shares.
    pub(super) fn pairs(&self) -> usize {
        self.texts().map(|(_, count)| count * count).sum()
    }
}
