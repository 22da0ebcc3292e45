//! Architectures as data: what is stored, compared, shown in the form and on the card. A trainer builds the model from it.

use serde::{Deserialize, Serialize};

use super::{Optimizer, Task};
use crate::error::FieldErrors;

const MAX_WIDTH: u32 = 4_096;
const MAX_LAYERS: usize = 16;
const MAX_MEMBERS: u32 = 64;
const MAX_PIECES: u32 = 128;
/// Trainable numbers of all members together, unless somebody asks for more.
const ENSEMBLE_PARAMETERS: u64 = 500_000;
/// The same with what the pieces of numbers add.
const PIECES_PARAMETERS: u64 = 1_000_000;
/// Numbers that a whole table becomes by its pieces: 64 MB.
const PIECES_CELLS: u64 = 16_000_000;
/// With fewer than these, pieces say little.
const FEWEST_PIECES: u64 = 8;
/// Most tokens of a text that a model reads.
pub const MAX_TOKENS: u32 = 1_024;
const MAX_VOCABULARY: u32 = 100_000;
/// Most pixels of a side of what an image model looks at.
pub const MAX_IMAGE_SIZE: u32 = 128;
const MAX_BLOCKS: usize = 6;

/// The architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ModelSpec {
    /// Linear regression, or logistic regression for classes.
    Linear,
    /// A multi-layer perceptron.
    Mlp(MlpSpec),
    /// Fully connected blocks that each add to what goes on, with normalisation before each.
    Resnet(ResnetSpec),
    /// Reads text: token embeddings, a transformer encoder, the mean over the tokens.
    Transformer(TransformerSpec),
    /// Looks at images: convolutions, each followed by pooling, then fully connected layers.
    Cnn(CnnSpec),
}

/// The architectures by name, each with its defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelName {
    Linear,
    Mlp,
    Resnet,
    Transformer,
    Cnn,
}

/// The non-linearity between layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    #[default]
    Relu,
    Gelu,
    Tanh,
}

/// Widths and regularisation of a multi-layer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct MlpSpec {
    /// Width of each hidden layer, first to last.
    pub hidden: Vec<u32>,
    pub activation: Activation,
    /// Share of hidden units left out at each training step, 0 to 0.9.
    pub dropout: f64,
    /// Networks that learn side by side, each from a beginning of its own; what the model says is their mean. Chosen by the
    /// size of the table when absent; in the spec of a job, absent is one.
    #[serde(default)]
    pub members: Option<u32>,
    /// Pieces that every number is divided into for half of the members, so that thresholds are easy to learn; 0 for none.
    /// Chosen as `members` is.
    #[serde(default)]
    pub pieces: Option<u32>,
}

impl Default for MlpSpec {
    fn default() -> Self {
        Self { hidden: vec![64, 64], activation: Activation::Relu, dropout: 0.0, members: None, pieces: None }
    }
}

/// What is learned from, where the size of a model depends on it.
pub(super) struct TableSize {
    pub(super) rows: u64,
    /// Inputs that the features become, without pieces of numbers.
    pub(super) inputs: u64,
    /// Features that are numbers.
    pub(super) numbers: u64,
    pub(super) outputs: u64,
}

impl MlpSpec {
    /// How many networks there are.
    pub fn members(&self) -> u32 {
        self.members.unwrap_or(1).max(1)
    }

    /// Into how many pieces numbers are divided; 0 for none.
    fn pieces(&self) -> u32 {
        self.pieces.unwrap_or(0)
    }

    /// Whether a member is given the pieces of numbers: the second half of them are, or the only one.
    pub fn sees_pieces(&self, member: u32) -> bool {
        self.pieces() > 0 && member >= self.members() / 2
    }

    /// How many members are given the pieces.
    fn seeing(&self) -> u32 {
        if self.pieces() > 0 { self.members() - self.members() / 2 } else { 0 }
    }

    /// Chooses what was left open: the fewer rows and the smaller the network, the more chance there is in one, and the less
    /// it costs to have several.
    fn fill(&mut self, table: &TableSize) {
        let parameters = stack(table.inputs, &self.hidden, table.outputs).max(1);
        let affordable = match table.rows {
            0..=20_000 => 8,
            20_001..=100_000 => 4,
            _ => 1,
        };
        let affordable = (ENSEMBLE_PARAMETERS / parameters).clamp(1, affordable) as u32;
        let members = u64::from(*self.members.get_or_insert(affordable));
        self.pieces.get_or_insert_with(|| {
            if members < 2 || table.rows > 20_000 || table.numbers == 0 {
                return 0;
            }
            // An edge needs rows on both sides to be worth something.
            let wanted = (table.rows / 32).clamp(FEWEST_PIECES, 64);
            let first = u64::from(self.hidden.first().copied().unwrap_or(1)).max(1);
            let left = PIECES_PARAMETERS.saturating_sub(members.saturating_mul(parameters));
            let learned = left / (members - members / 2).saturating_mul(first).saturating_mul(table.numbers).max(1);
            let encoded = PIECES_CELLS / table.rows.saturating_mul(table.numbers).max(1);
            let pieces = wanted.min(learned).min(encoded);
            if pieces < FEWEST_PIECES { 0 } else { pieces as u32 }
        });
    }
}

/// A residual network for tables: Gorishniy et al. 2021, arXiv:2106.11959, with layer normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ResnetSpec {
    /// Numbers that go on from block to block.
    pub width: u32,
    pub blocks: u32,
    /// Width of the hidden layer of each block.
    pub hidden: u32,
    /// Share of hidden units left out at each training step, 0 to 0.9.
    pub dropout: f64,
}

impl Default for ResnetSpec {
    fn default() -> Self {
        Self { width: 128, blocks: 2, hidden: 256, dropout: 0.1 }
    }
}

/// A transformer encoder: Vaswani et al. 2017, arXiv:1706.03762, with normalisation before each part (Xiong et al. 2020,
/// arXiv:2002.04745) and GELU.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TransformerSpec {
    /// Numbers that stand for a token; a multiple of `heads`.
    pub width: u32,
    pub layers: u32,
    pub heads: u32,
    /// Width of the hidden layer after each attention.
    pub feed_forward: u32,
    /// Share of numbers left out at each training step, 0 to 0.9.
    pub dropout: f64,
    /// Tokens of a text that are read; what comes after is not.
    pub max_tokens: u32,
    /// Different tokens that are told apart: the most frequent ones of the training rows.
    pub vocabulary: u32,
}

impl Default for TransformerSpec {
    fn default() -> Self {
        Self { width: 64, layers: 2, heads: 4, feed_forward: 256, dropout: 0.1, max_tokens: 128, vocabulary: 10_000 }
    }
}

/// A convolutional network: blocks of a 3 x 3 convolution, ReLU and 2 x 2 max pooling, then one fully connected layer and
/// the classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CnnSpec {
    /// Side of the square that images are resized to, in pixels.
    pub image_size: u32,
    /// Channels that each block gives, first to last.
    pub channels: Vec<u32>,
    /// Width of the fully connected layer.
    pub hidden: u32,
    /// Share of hidden units left out at each training step, 0 to 0.9.
    pub dropout: f64,
    /// Shows each image moved by up to an eighth of its side at each step, and mirrored every other time if the images are in
    /// colour: what is grey may be writing, and a mirrored letter is another one.
    pub augment: bool,
}

impl Default for CnnSpec {
    fn default() -> Self {
        Self { image_size: 32, channels: vec![32, 64], hidden: 128, dropout: 0.25, augment: true }
    }
}

/// What a model is given of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputShape {
    /// Columns encoded as so many numbers, of which those after the first `plain` are pieces of numbers. Some come from tables
    /// of words, which have `embedded` numbers to learn.
    Numbers { width: u64, plain: u64, embedded: u64 },
    /// Positions in a vocabulary, 0 for nothing.
    Tokens { length: u64, vocabulary: u64 },
    /// A square of so many pixels a side, row by row, the channels of a pixel side by side.
    Pixels { size: u64, channels: u64 },
}

impl InputShape {
    /// Numbers to learn of tables of words.
    fn embedded(self) -> u64 {
        match self {
            Self::Numbers { embedded, .. } => embedded,
            Self::Tokens { .. } | Self::Pixels { .. } => 0,
        }
    }

    /// Numbers of one row, as the first layer is given them.
    pub fn width(self) -> u64 {
        match self {
            Self::Numbers { width, .. } => width,
            Self::Tokens { length, .. } => length,
            Self::Pixels { size, channels } => size * size * channels,
        }
    }
}

impl ModelName {
    /// It with its defaults.
    pub fn spec(self) -> ModelSpec {
        match self {
            Self::Linear => ModelSpec::Linear,
            Self::Mlp => ModelSpec::Mlp(MlpSpec::default()),
            Self::Resnet => ModelSpec::Resnet(ResnetSpec::default()),
            Self::Transformer => ModelSpec::Transformer(TransformerSpec::default()),
            Self::Cnn => ModelSpec::Cnn(CnnSpec::default()),
        }
    }

    /// Whether such a model can learn such a task.
    pub fn suits(self, task: Task) -> bool {
        self.only_task().map_or(task.is_table(), |only| only == task)
    }

    /// The only task that it can learn, where there is one.
    pub fn only_task(self) -> Option<Task> {
        match self {
            Self::Linear | Self::Mlp | Self::Resnet => None,
            Self::Transformer => Some(Task::TextClassification),
            Self::Cnn => Some(Task::ImageClassification),
        }
    }

    /// What is trained for a task when nobody says otherwise.
    pub fn default_for(task: Task) -> Self {
        match task {
            Task::Regression | Task::Binary | Task::Multiclass => Self::Mlp,
            Task::TextClassification => Self::Transformer,
            Task::ImageClassification => Self::Cnn,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Mlp => "mlp",
            Self::Resnet => "resnet",
            Self::Transformer => "transformer",
            Self::Cnn => "cnn",
        }
    }
}

impl ModelSpec {
    /// Most trainable numbers: with them, their gradients and what an optimizer keeps of each, a job needs half a gigabyte.
    pub const MAX_PARAMETERS: u64 = 20_000_000;

    pub fn name(&self) -> ModelName {
        match self {
            Self::Linear => ModelName::Linear,
            Self::Mlp(_) => ModelName::Mlp,
            Self::Resnet(_) => ModelName::Resnet,
            Self::Transformer(_) => ModelName::Transformer,
            Self::Cnn(_) => ModelName::Cnn,
        }
    }

    /// Pieces that numbers are divided into; 0 for none.
    pub fn pieces(&self) -> u32 {
        match self {
            Self::Mlp(mlp) => mlp.pieces(),
            Self::Linear | Self::Resnet(_) | Self::Transformer(_) | Self::Cnn(_) => 0,
        }
    }

    /// Whether it learns numbers for each word of a column that has many.
    pub fn embeds(&self) -> bool {
        matches!(self, Self::Mlp(_) | Self::Resnet(_))
    }

    /// As a job has it: what it leaves open is what it was before there was a choice.
    pub(super) fn recorded(mut self) -> Self {
        if let Self::Mlp(mlp) = &mut self {
            (mlp.members, mlp.pieces) = (Some(mlp.members()), Some(mlp.pieces()));
        }
        self
    }

    /// Chooses what was left open.
    pub(super) fn fill(&mut self, table: &TableSize) {
        if let Self::Mlp(mlp) = self {
            mlp.fill(table);
        }
    }

    pub fn kind(&self) -> &'static str {
        self.name().as_str()
    }

    /// How much certainty is spread: a little makes networks that tell classes apart better (Szegedy et al. 2016,
    /// arXiv:1512.00567), more makes them too careful. Measured in `docs/QUALITY.md`.
    pub fn default_label_smoothing(&self, task: Task) -> f64 {
        if matches!(self, Self::Mlp(_) | Self::Resnet(_)) && task.is_classification() { 0.03 } else { 0.0 }
    }

    /// A learning rate that trains well, on what is standardised.
    pub fn default_lr(&self, optimizer: Optimizer) -> f64 {
        let adaptive = match self {
            Self::Linear => 0.003,
            Self::Mlp(_) | Self::Resnet(_) | Self::Transformer(_) | Self::Cnn(_) => 0.001,
        };
        if optimizer == Optimizer::Sgd { adaptive * 10.0 } else { adaptive }
    }

    /// Trainable numbers of such a model on such rows, with so many outputs.
    pub fn parameters(&self, inputs: InputShape, outputs: u64) -> u64 {
        match (self, inputs) {
            (Self::Linear, _) => stack(inputs.width(), &[], outputs),
            (Self::Mlp(mlp), _) => {
                let (width, plain) = match inputs {
                    InputShape::Numbers { width, plain, .. } => (width, plain),
                    _ => (inputs.width(), inputs.width()),
                };
                let seeing = u64::from(mlp.seeing());
                let others = u64::from(mlp.members()) - seeing;
                let of = |members: u64, inputs| members.saturating_mul(stack(inputs, &mlp.hidden, outputs));
                of(seeing, width).saturating_add(of(others, plain)).saturating_add(inputs.embedded())
            }
            (Self::Resnet(spec), _) => {
                let (width, hidden) = (u64::from(spec.width), u64::from(spec.hidden));
                let block = 2 * width + (width + 1) * hidden + (hidden + 1) * width;
                let blocks = u64::from(spec.blocks).saturating_mul(block) + 2 * width;
                stack(inputs.width(), &[spec.width], outputs).saturating_add(blocks).saturating_add(inputs.embedded())
            }
            (Self::Transformer(spec), _) => {
                let (length, vocabulary) = match inputs {
                    InputShape::Tokens { length, vocabulary } => (length, vocabulary),
                    _ => (u64::from(spec.max_tokens), u64::from(spec.vocabulary)),
                };
                let (width, hidden) = (u64::from(spec.width), u64::from(spec.feed_forward));
                let attention = (width + 1) * 3 * width + (width + 1) * width;
                let layer = attention + (width + 1) * hidden + (hidden + 1) * width + 4 * width;
                let encoder = u64::from(spec.layers).saturating_mul(layer) + 2 * width;
                vocabulary.saturating_add(length).saturating_mul(width) + encoder + (width + 1).saturating_mul(outputs)
            }
            (Self::Cnn(spec), _) => {
                let (mut size, mut channels) = match inputs {
                    InputShape::Pixels { size, channels } => (size, channels),
                    _ => (u64::from(spec.image_size), 3),
                };
                let mut count = 0_u64;
                for next in spec.channels.iter().map(|next| u64::from(*next)) {
                    count += (channels * 9 + 1) * next;
                    (channels, size) = (next, size / 2);
                }
                count.saturating_add(stack(size * size * channels, &[spec.hidden], outputs))
            }
        }
    }

    /// In a few words, for people: "MLP, hidden layers 64, 64, dropout 0.1".
    pub fn describe(&self) -> String {
        self.parts().join(", ")
    }

    /// The same in its parts, each of which says one thing.
    pub fn parts(&self) -> Vec<String> {
        let list = |widths: &[u32]| widths.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let (mut parts, dropout) = match self {
            Self::Linear => (vec!["linear".to_owned()], 0.0),
            Self::Mlp(mlp) => {
                let mut parts = vec!["MLP".to_owned(), format!("hidden layers {}", list(&mlp.hidden))];
                if mlp.members() > 1 {
                    parts.push(format!("{} members", mlp.members()));
                }
                if mlp.pieces() > 0 {
                    parts.push(format!("numbers in {} pieces", mlp.pieces()));
                }
                (parts, mlp.dropout)
            }
            Self::Resnet(spec) => (
                vec![
                    "residual network".to_owned(),
                    format!("{} blocks of width {}", spec.blocks, spec.width),
                    format!("hidden layers {}", spec.hidden),
                ],
                spec.dropout,
            ),
            Self::Transformer(spec) => (
                vec![
                    "transformer".to_owned(),
                    format!("{} layers of width {}", spec.layers, spec.width),
                    format!("{} heads", spec.heads),
                    format!("at most {} words of a text", spec.max_tokens),
                ],
                spec.dropout,
            ),
            Self::Cnn(spec) => {
                let mut parts = vec![
                    format!("CNN on {0} x {0} pixels", spec.image_size),
                    format!("channels {}", list(&spec.channels)),
                    format!("hidden layer {}", spec.hidden),
                ];
                if spec.augment {
                    parts.push("augmented".to_owned());
                }
                (parts, spec.dropout)
            }
        };
        if dropout > 0.0 {
            parts.push(format!("dropout {dropout}"));
        }
        parts
    }

    /// Whether such a model is small enough to be trained and kept.
    ///
    /// # Errors
    /// A sentence with the count, when it has more than [`ModelSpec::MAX_PARAMETERS`].
    pub fn check_size(&self, inputs: InputShape, outputs: u64) -> Result<(), String> {
        let count = self.parameters(inputs, outputs);
        if count <= Self::MAX_PARAMETERS {
            return Ok(());
        }
        Err(format!(
            "The model would have {count} parameters (inputs: {}, outputs: {outputs}); at most {} can be trained. Use fewer or \
             narrower layers, or fewer features.",
            inputs.width(),
            Self::MAX_PARAMETERS
        ))
    }

    /// Whether a spec that was read from a file, for such rows, is one that could have been trained.
    ///
    /// # Errors
    /// A sentence.
    pub fn check_sound(&self, inputs: InputShape, outputs: u64) -> Result<(), String> {
        let mut errors = FieldErrors::default();
        self.check(&mut errors);
        errors.into_result().map_err(|error| error.fields.into_values().next().unwrap_or(error.message))?;
        match (self, inputs) {
            (Self::Cnn(spec), InputShape::Pixels { size, .. }) if size != u64::from(spec.image_size) => {
                Err(format!("The model looks at {} pixels, and it is given {size}.", spec.image_size))
            }
            _ => self.check_size(inputs, outputs),
        }
    }

    /// Adds what is wrong with the numbers of the spec, each under its setting: `model.hidden`.
    pub(super) fn check(&self, errors: &mut FieldErrors) {
        let dropout = match self {
            Self::Linear => 0.0,
            Self::Mlp(mlp) => {
                let fit = mlp.hidden.iter().all(|width| (1..=MAX_WIDTH).contains(width));
                let why = format!("An MLP has 1 to {MAX_LAYERS} hidden layers of 1 to {MAX_WIDTH} units.");
                errors.require((1..=MAX_LAYERS).contains(&mlp.hidden.len()) && fit, "model.hidden", why);
                let why = format!("An MLP has 1 to {MAX_MEMBERS} members.");
                let members = mlp.members.is_none_or(|count| (1..=MAX_MEMBERS).contains(&count));
                errors.require(members, "model.members", why);
                let why = format!("Numbers are divided into 0 to {MAX_PIECES} pieces.");
                errors.require(mlp.pieces.is_none_or(|count| count <= MAX_PIECES), "model.pieces", why);
                mlp.dropout
            }
            Self::Resnet(spec) => {
                let fit = |count: u32, most: u32| (1..=most).contains(&count);
                let why = format!(
                    "A residual network has 1 to {MAX_LAYERS} blocks, and 1 to {MAX_WIDTH} units in each layer."
                );
                errors.require(fit(spec.blocks, MAX_LAYERS as u32), "model.blocks", why.as_str());
                errors.require(fit(spec.width, MAX_WIDTH), "model.width", why.as_str());
                errors.require(fit(spec.hidden, MAX_WIDTH), "model.hidden", why);
                spec.dropout
            }
            Self::Transformer(spec) => {
                spec.check(errors);
                spec.dropout
            }
            Self::Cnn(spec) => {
                spec.check(errors);
                spec.dropout
            }
        };
        errors.require((0.0..=0.9).contains(&dropout), "model.dropout", "Dropout must be between 0 and 0.9.");
    }
}

impl TransformerSpec {
    fn check(&self, errors: &mut FieldErrors) {
        let mut within = |field: &str, value: u32, from: u32, to: u32, what: &str| {
            errors.require((from..=to).contains(&value), field, format!("{what} must be {from} to {to}."));
        };
        within("model.width", self.width, 4, 1_024, "The width of a transformer");
        within("model.layers", self.layers, 1, 16, "The layers of a transformer");
        within("model.heads", self.heads, 1, 64, "The heads of a transformer");
        within("model.feed_forward", self.feed_forward, 1, MAX_WIDTH, "The feed-forward width of a transformer");
        within("model.max_tokens", self.max_tokens, 1, MAX_TOKENS, "The tokens of a text");
        within("model.vocabulary", self.vocabulary, 2, MAX_VOCABULARY, "The vocabulary");
        let divides = self.heads > 0 && self.width.is_multiple_of(self.heads);
        errors.require(divides, "model.heads", "The width of a transformer must be a multiple of its heads.");
    }
}

impl CnnSpec {
    fn check(&self, errors: &mut FieldErrors) {
        let blocks = self.channels.len();
        let fit = self.channels.iter().all(|channels| (1..=1_024).contains(channels));
        let why = format!("A CNN has 1 to {MAX_BLOCKS} blocks of 1 to 1024 channels.");
        errors.require((1..=MAX_BLOCKS).contains(&blocks) && fit, "model.channels", why);
        let why = format!("Images must be 8 to {MAX_IMAGE_SIZE} pixels wide.");
        errors.require((8..=MAX_IMAGE_SIZE).contains(&self.image_size), "model.image_size", why);
        let left = u64::from(self.image_size) >> blocks.min(63);
        let why = "Each block halves the image, and nothing would be left of it. Use fewer.";
        errors.require(left > 0, "model.channels", why);
        let why = format!("The fully connected layer must have 1 to {MAX_WIDTH} units.");
        errors.require((1..=MAX_WIDTH).contains(&self.hidden), "model.hidden", why);
    }
}

/// Weights and biases of fully connected layers.
fn stack(inputs: u64, hidden: &[u32], outputs: u64) -> u64 {
    let (mut count, mut before) = (0_u64, inputs);
    for width in hidden.iter().map(|width| u64::from(*width)).chain([outputs]) {
        count = count.saturating_add(before.saturating_add(1).saturating_mul(width));
        before = width;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::{InputShape, MlpSpec, ModelSpec};

    #[test]
    fn parameters_are_weights_and_biases() {
        let four = InputShape::Numbers { width: 4, plain: 4, embedded: 0 };
        assert_eq!(ModelSpec::Linear.parameters(four, 3), 4 * 3 + 3);
        let mlp = ModelSpec::Mlp(MlpSpec { hidden: vec![8, 5], ..MlpSpec::default() });
        assert_eq!(mlp.parameters(four, 3), 4 * 8 + 8 + 8 * 5 + 5 + 5 * 3 + 3);
        let huge = ModelSpec::Mlp(MlpSpec { hidden: vec![4_096; 16], ..MlpSpec::default() });
        assert!(huge.check_size(four, 3).unwrap_err().contains(&huge.parameters(four, 3).to_string()));
        let endless = InputShape::Numbers { width: u64::MAX, plain: u64::MAX, embedded: u64::MAX };
        assert!(ModelSpec::Linear.check_size(endless, u64::MAX).is_err());
        // Two that see four inputs, and two that see six more.
        let spec = MlpSpec { hidden: vec![8], members: Some(4), pieces: Some(3), ..MlpSpec::default() };
        let ten = InputShape::Numbers { width: 10, plain: 4, embedded: 0 };
        assert_eq!(ModelSpec::Mlp(spec).parameters(ten, 3), 2 * (5 * 8 + 9 * 3) + 2 * (11 * 8 + 9 * 3));
        assert!(mlp.check_size(four, 3).is_ok());
        let words = InputShape::Numbers { width: 4, plain: 4, embedded: 700 };
        assert_eq!(mlp.parameters(words, 3), mlp.parameters(four, 3) + 700);
    }
}
