//! Text as positions in a vocabulary that is learned from the training rows.

mod tokens;

use std::collections::HashMap;

use domain::job::TransformerSpec;
use serde::{Deserialize, Serialize};

pub(crate) use self::tokens::tokens;
use crate::{Error, encode::most_frequent, table::NO_WORD};

/// Where a text has ended.
const NOTHING: f32 = 0.0;
/// A token that is not in the vocabulary.
const UNKNOWN: f32 = 1.0;
/// Positions before those of the known tokens.
const SPECIAL: usize = 2;
/// Different tokens of a column that are told apart while it is read. In a language most tokens of a long text are seen
/// among the first million; what comes later is unknown.
const MAX_WORDS: usize = 2_000_000;
/// A token that occurs less often says nothing of a class.
const MIN_COUNT: u64 = 2;

/// The texts of a column as codes of tokens, one text after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts {
    /// Positions in `words`, or [`NO_WORD`].
    codes: Vec<u32>,
    /// Where each text ends in `codes`.
    ends: Vec<usize>,
    words: Vec<String>,
}

/// The beginnings of texts while they are read.
#[derive(Debug)]
pub(crate) struct Reader {
    texts: Texts,
    by_word: HashMap<String, u32>,
    most: usize,
}

/// How a text becomes the inputs of a model: the position of each of its first tokens in the vocabulary, and zeros where it
/// is shorter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct Vocabulary {
    /// Tokens that are read.
    pub length: u32,
    /// The known tokens, most frequent first. 0 stands for nothing and 1 for all others, so that the first is 2.
    pub words: Vec<String>,
    #[serde(skip)]
    positions: HashMap<String, u32>,
}

/// As it is in `encoder.json`.
#[derive(Deserialize)]
struct Stored {
    length: u32,
    words: Vec<String>,
}

impl From<Stored> for Vocabulary {
    fn from(Stored { length, words }: Stored) -> Self {
        let positions = words.iter().zip(SPECIAL as u32..).map(|(word, at)| (word.clone(), at)).collect();
        Self { length, words, positions }
    }
}

impl Reader {
    /// Of each text at most `most` tokens are kept.
    pub(crate) fn new(most: u32) -> Self {
        Self { texts: Texts::default(), by_word: HashMap::new(), most: most as usize }
    }

    pub(crate) fn add(&mut self, text: &str) {
        let Self { texts, by_word, most } = self;
        for token in tokens(text).take(*most) {
            let code = match by_word.get(token.as_ref()) {
                Some(code) => *code,
                None if texts.words.len() >= MAX_WORDS => NO_WORD,
                None => {
                    let code = texts.words.len() as u32;
                    texts.words.push(token.clone().into_owned());
                    by_word.insert(token.into_owned(), code);
                    code
                }
            };
            texts.codes.push(code);
        }
        texts.ends.push(texts.codes.len());
    }

    pub(crate) fn finish(self) -> Texts {
        self.texts
    }
}

impl Texts {
    fn of(&self, row: u32) -> &[u32] {
        let row = row as usize;
        let begin = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.codes[begin..self.ends[row]]
    }

    /// One text by what [`Vocabulary::positions_of`] says of its words.
    pub(crate) fn encode(&self, row: usize, positions: &[u32], x: &mut [f32]) {
        let known = |code: &u32| positions.get(*code as usize).map_or(UNKNOWN, |at| *at as f32);
        fill(self.of(row as u32).iter().map(known), x);
    }
}

impl Vocabulary {
    /// Learns from the training rows: the most frequent tokens, and how long the longest text is.
    ///
    /// # Errors
    /// When no token occurs twice.
    pub(crate) fn learn(name: &str, texts: &Texts, train: &[u32], spec: &TransformerSpec) -> Result<Self, Error> {
        let mut counts = vec![0_u64; texts.words.len()];
        let mut length = 1;
        for &row in train {
            let text = texts.of(row);
            length = length.max(text.len());
            for &code in text.iter().filter(|code| **code != NO_WORD) {
                counts[code as usize] += 1;
            }
        }
        let most = (spec.vocabulary as usize).saturating_sub(SPECIAL).max(1);
        let words = most_frequent(&texts.words, &counts, MIN_COUNT, most);
        if words.is_empty() {
            return Err(Error::column(
                name,
                "No word occurs twice in the training rows, so there is nothing to learn.",
            ));
        }
        Ok(Stored { length: spec.max_tokens.min(length as u32), words }.into())
    }

    /// Different positions, those for nothing and for unknown tokens included.
    pub(crate) fn size(&self) -> usize {
        self.words.len() + SPECIAL
    }

    /// Where each word of texts is among those that are known.
    pub(crate) fn positions_of(&self, texts: &Texts) -> Vec<u32> {
        texts.words.iter().map(|word| self.positions.get(word).copied().unwrap_or(UNKNOWN as u32)).collect()
    }

    pub(crate) fn encode_text(&self, text: &str, x: &mut [f32]) {
        let position = |token: &str| self.positions.get(token).map_or(UNKNOWN, |at| *at as f32);
        fill(tokens(text).map(|token| position(token.as_ref())), x);
    }
}

/// A text without any token is one unknown token: a model always has something to read.
fn fill(positions: impl Iterator<Item = f32>, x: &mut [f32]) {
    x.fill(NOTHING);
    if let Some(first) = x.first_mut() {
        *first = UNKNOWN;
    }
    for (to, position) in x.iter_mut().zip(positions) {
        *to = position;
    }
}

#[cfg(test)]
mod tests {
    use domain::job::TransformerSpec;

    use super::{Reader, Vocabulary};

    fn spec(max_tokens: u32, vocabulary: u32) -> TransformerSpec {
        TransformerSpec { max_tokens, vocabulary, ..TransformerSpec::default() }
    }

    #[test]
    fn the_most_frequent_words_of_the_training_rows_are_known() {
        let mut reader = Reader::new(8);
        for text in ["The cat, the dog", "the cat sat", "", "dog dog dog mouse mouse"] {
            reader.add(text);
        }
        let texts = reader.finish();
        let vocabulary = Vocabulary::learn("t", &texts, &[0, 1, 2], &spec(8, 100)).unwrap();
        // The longest training text has five tokens; "dog" and "sat" occur once in them.
        assert_eq!((vocabulary.words.as_slice(), vocabulary.length), (["the".to_owned(), "cat".into()].as_slice(), 5));
        let mut x = vec![9.0; 4 * 5];
        let positions = vocabulary.positions_of(&texts);
        x.chunks_mut(5).enumerate().for_each(|(row, x)| texts.encode(row, &positions, x));
        let expected = [[2., 3., 1., 2., 1.], [2., 3., 1., 0., 0.], [1., 0., 0., 0., 0.], [1., 1., 1., 1., 1.]];
        assert_eq!(x, expected.concat());
        let mut sent = vec![9.0; 5];
        vocabulary.encode_text("The CAT, the dog and all the others", &mut sent);
        assert_eq!(sent, expected[0], "as in training");
        assert!(Vocabulary::learn("t", &texts, &[1], &spec(8, 100)).is_err(), "no word twice");
    }

    #[test]
    fn a_small_vocabulary_keeps_what_is_frequent() {
        let mut reader = Reader::new(3);
        for text in ["a a b b", "b b b c c"] {
            reader.add(text);
        }
        let vocabulary = Vocabulary::learn("t", &reader.finish(), &[0, 1], &spec(3, 3)).unwrap();
        assert_eq!(
            (vocabulary.words.as_slice(), vocabulary.size(), vocabulary.length),
            (["b".to_owned()].as_slice(), 3, 3)
        );
    }
}
