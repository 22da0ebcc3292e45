//! What curves run along: the x axis of a chart.

use crate::live::Sample;

/// The unit of an x axis. In the charts of a job epochs and steps share positions (optimizer steps) and differ in what is
/// written below them; a comparison, whose jobs have epochs of different lengths, has positions of its own for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Along {
    #[default]
    Epochs,
    Steps,
    /// Seconds; of a job, since its first measurement, pauses included.
    Time,
}

impl Along {
    /// Each with its name and its label, which is yet to be translated.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Epochs, "epochs", marked!("Epochs")),
        (Self::Steps, "steps", marked!("Steps")),
        (Self::Time, "time", marked!("Time")),
    ];

    /// `epochs`, `steps` or `time`; epochs for everything else.
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|(_, name, _)| *name == text).map(|(along, ..)| along).unwrap_or_default()
    }

    pub fn as_str(self) -> &'static str {
        Self::ALL.into_iter().find(|(along, ..)| *along == self).map_or("epochs", |(_, name, _)| name)
    }

    /// Beside the title of a chart.
    pub fn by(self) -> &'static str {
        match self {
            Self::Epochs => t!("by epoch"),
            Self::Steps => t!("by step"),
            Self::Time => t!("by time"),
        }
    }

    /// Where a sample lies on the axis.
    pub fn of(self, sample: &Sample) -> f64 {
        match self {
            Self::Epochs | Self::Steps => sample.step as f64,
            Self::Time => f64::from(sample.seconds),
        }
    }

    /// Less is not shown at once.
    pub fn narrowest(self) -> f64 {
        match self {
            Self::Epochs | Self::Steps => 2.0,
            Self::Time => 0.05,
        }
    }
}
