//! Datasets: what an upload is found to contain, and what is shown of it.

use serde::{Deserialize, Serialize};

use crate::{DatasetId, Timestamp, job::Task};

/// How the bytes are laid out. Tables may be gzipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DatasetFormat {
    Csv,
    Tsv,
    /// One JSON object a line.
    Jsonl,
    /// A zip archive with one folder of images for each class.
    Images,
}

impl DatasetFormat {
    /// The name used in tables and file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Jsonl => "jsonl",
            Self::Images => "images",
        }
    }

    /// The reverse of [`DatasetFormat::as_str`]; the endings of file names are aliases.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "tsv" | "tab" => Some(Self::Tsv),
            "jsonl" | "ndjson" => Some(Self::Jsonl),
            "images" | "zip" => Some(Self::Images),
            _ => None,
        }
    }

    /// Format and whether it is gzipped, by file name: `iris.csv.gz` is gzipped CSV.
    pub fn from_file_name(name: &str) -> Option<(Self, bool)> {
        let lower = name.to_ascii_lowercase();
        let (stem, gzip) = lower.strip_suffix(".gz").map_or((lower.as_str(), false), |stem| (stem, true));
        let (_, extension) = stem.rsplit_once('.')?;
        Some((Self::parse(extension)?, gzip))
    }
}

/// What the values of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    Numeric,
    /// Few distinct words.
    Categorical,
    /// true/false, yes/no, 0/1 written as words.
    Boolean,
    /// ISO 8601 dates or date-times.
    Date,
    /// Free text: many distinct values with spaces.
    Text,
    /// An image.
    Image,
    /// A different value in (nearly) every row: words, or numbers under a name that says that they name or count rows.
    Id,
}

impl ColumnType {
    /// Whether a table model learns from it unless the user says otherwise.
    pub fn is_feature(self) -> bool {
        matches!(self, Self::Numeric | Self::Categorical | Self::Boolean)
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Categorical => "categorical",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Text => "text",
            Self::Image => "image",
            Self::Id => "id",
        }
    }
}

/// One column of a profile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ColumnProfile {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Rows in which the cell is empty, `NA`, `NaN`, `null` or `None`.
    pub missing: u64,
    /// Distinct values that are not missing; exact up to [`ColumnProfile::UNIQUE_CAP`], which it never exceeds. Tables of
    /// more than twenty columns share the room for counting, and each is exact up to its share.
    pub unique: u64,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub numeric: Option<NumericSummary>,
    /// The most frequent values, most frequent first, at most 20. Empty for numeric columns with many values.
    #[serde(default)]
    pub top: Vec<ValueCount>,
    /// How often the rarest value occurs; only when every distinct value was counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rarest: Option<u64>,
}

impl ColumnProfile {
    /// Distinct values are counted exactly up to here.
    pub const UNIQUE_CAP: u64 = 100_000;

    /// Words of a column that get an input of a model to themselves; the others share one.
    pub const MAX_WORDS: u64 = 64;

    /// Words of a column that get numbers of their own where a model learns such; the others share theirs.
    pub const MAX_EMBEDDED_WORDS: u64 = 10_000;

    /// How many numbers stand for each of so many words.
    pub fn embedding_width(words: u64) -> u64 {
        words.isqrt().clamp(4, 32)
    }

    /// Words that get numbers of their own, the unknown one included, where a model `embeds`.
    pub fn embedded(&self, embeds: bool) -> Option<u64> {
        let many = self.numeric.is_none() && self.unique > Self::MAX_WORDS;
        (embeds && many).then(|| self.unique.min(Self::MAX_EMBEDDED_WORDS) + 1)
    }

    /// Whether a table model can learn from it: also from the numbers of an identifier, if somebody asks for it.
    pub fn can_be_feature(&self) -> bool {
        self.kind.is_feature() || self.numeric.is_some()
    }

    /// How many inputs of a model this column becomes at most, of one that `embeds` or of another.
    pub fn inputs(&self, embeds: bool) -> u64 {
        match (&self.numeric, self.embedded(embeds)) {
            (Some(_), _) => 1 + u64::from(self.missing > 0),
            (None, Some(words)) => Self::embedding_width(words),
            (None, None) => self.unique.min(Self::MAX_WORDS) + 1,
        }
    }
}

/// Moments and shape of a numeric column, over the values that are present.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NumericSummary {
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// Population standard deviation.
    pub std: f64,
    /// Every value is a whole number.
    pub integer: bool,
    /// Counts in equally wide bins from `min` to `max`.
    pub histogram: Vec<u64>,
}

/// A value and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ValueCount {
    pub value: String,
    pub count: u64,
}

/// What is wrong with a file, and where. `line` counts from 1 and the header is line 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub column: Option<String>,
    pub message: String,
}

/// Everything that reading a file once tells.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetProfile {
    pub rows: u64,
    pub columns: Vec<ColumnProfile>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suggested_target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suggested_task: Option<Task>,
    /// What was odd but not fatal.
    #[serde(default)]
    pub warnings: Vec<Problem>,
}

impl DatasetProfile {
    pub fn column(&self, name: &str) -> Option<&ColumnProfile> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Columns that `target` is learned from unless the user says otherwise.
    pub fn default_features(&self, target: &str) -> Vec<String> {
        self.columns
            .iter()
            .filter(|column| column.name != target && column.kind.is_feature() && column.unique > 1)
            .map(|column| column.name.clone())
            .collect()
    }
}

/// What is shown of a dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DatasetView {
    pub id: DatasetId,
    pub name: String,
    /// The file name it was uploaded under; only ever shown, never used as a path.
    pub file_name: String,
    pub format: DatasetFormat,
    pub gzip: bool,
    pub size_bytes: u64,
    /// SHA-256 of the bytes as uploaded, in hexadecimal.
    pub sha256: String,
    /// Ships with Athanor: everybody sees it, nobody deletes it.
    pub sample: bool,
    pub created_at: Timestamp,
    #[serde(flatten)]
    pub profile: DatasetProfile,
}

/// The first rows of a dataset as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preview {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}
