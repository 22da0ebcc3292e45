//! Where a job stands, in a few lines for a terminal or in one for a file.

use domain::job::{JobProgress, JobState, Parameter};

use super::{curve::Curves, visible::visible};

/// Lines of the picture of the loss.
const CURVE_LINES: usize = 7;
const MOST_COLUMNS: usize = 100;
const BAR: usize = 24;
/// A bar ends in eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// Everything, for a terminal of so many columns.
pub fn region(job: &JobProgress, curves: &Curves, columns: usize, colours: bool) -> Vec<String> {
    let columns = columns.min(MOST_COLUMNS);
    let mut lines = vec![format!("{} {} {}", state(job.status, colours), bar(job.progress), standing(job))];
    let measured = measured(job);
    if !measured.is_empty() {
        lines.push(measured);
    }
    let curve = curves.draw(columns, CURVE_LINES, colours);
    if !curve.is_empty() {
        lines.push(legend(colours));
        lines.extend(curve);
    }
    lines
}

/// The same in one line, without the picture.
pub fn line(job: &JobProgress) -> String {
    let parts = [job.status.to_string(), standing(job), measured(job)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ")
}

fn state(state: JobState, colours: bool) -> String {
    let colour = match state {
        JobState::Completed => 32,
        JobState::Failed => 31,
        JobState::Stopped => 33,
        _ => 36,
    };
    if colours { format!("\u{1b}[{colour}m{state}\u{1b}[0m") } else { state.to_string() }
}

/// `percent` from 0 to 100.
fn bar(percent: f64) -> String {
    let eighths = (percent.clamp(0.0, 100.0) / 100.0 * (BAR * 8) as f64) as usize;
    let full = "█".repeat(eighths / 8);
    let shown = format!("{full}{}", EIGHTHS[eighths % 8]);
    format!("▕{shown:BAR$}▏")
}

/// How far it is, how fast, and how long it will take.
fn standing(job: &JobProgress) -> String {
    if !matches!(job.status, JobState::Running) {
        return visible(&job.message).into_owned();
    }
    let mut parts = vec![format!("{:.0} %", job.progress), format!("epoch {} of {}", job.epoch, job.total_epochs)];
    if job.stopping {
        parts.push("stopping".to_owned());
    } else if let Some(seconds) = job.eta_seconds {
        parts.push(format!("{} left", duration(seconds)));
    }
    if let Some(rate) = job.samples_per_second {
        parts.push(format!("{} rows/s", short(rate)));
    }
    parts.join("  ")
}

/// The newest losses and one metric of the validation.
fn measured(job: &JobProgress) -> String {
    let mut parts = Vec::new();
    if let Some(loss) = job.loss {
        parts.push(format!("train loss {}", number(loss)));
    }
    for name in ["validation_loss", "validation_accuracy", "validation_rmse"] {
        if let Some(value) = job.metrics.get(name) {
            parts.push(format!("{} {}", name.replace('_', " "), number(*value)));
        }
    }
    parts.join("  ")
}

fn legend(colours: bool) -> String {
    if colours {
        "        loss: \u{1b}[33mtrain\u{1b}[0m \u{1b}[36mvalidation\u{1b}[0m".to_owned()
    } else {
        "        loss: ⠒ train  • validation".to_owned()
    }
}

/// A number with four digits that count.
pub fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !(1e-3..1e6).contains(&size) => format!("{value:.3e}"),
        _ => decimal(value),
    }
}

/// A parameter or a metric in a table: whole numbers as they are, others with the digits that count and no zeros behind them.
pub fn parameter(value: &Parameter) -> String {
    match value {
        Parameter::Number(number) if number.fract() != 0.0 && number.is_finite() => {
            let text = decimal(*number);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
        }
        other => other.to_string(),
    }
}

/// Four digits that count, and no power of ten. `value` is finite and not zero.
fn decimal(value: f64) -> String {
    let before = value.abs().log10().floor() as i32;
    format!("{value:.*}", (3 - before).clamp(0, 12) as usize)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.1}M", value / 1e6),
        value if value >= 1e4 => format!("{:.1}k", value / 1e3),
        value => format!("{value:.0}"),
    }
}

/// `0:07`, `12:30`, `3:05:00`.
fn duration(seconds: f64) -> String {
    let seconds = seconds.clamp(0.0, 1e9).round() as u64;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use domain::job::{JobProgress, JobState, Parameter, Point, Split};

    use super::{bar, duration, line, number, parameter, region, short};
    use crate::client::curve::Curves;

    fn running() -> JobProgress {
        JobProgress {
            progress: 43.0,
            epoch: 86,
            step: 860,
            total_steps: 2_000,
            loss: Some(0.023_14),
            metrics: [("validation_loss".to_owned(), 0.5), ("baseline_accuracy".to_owned(), 0.3)].into(),
            message: "Epoch 87 of 200.".into(),
            eta_seconds: Some(72.4),
            samples_per_second: Some(12_345.0),
            ..JobProgress::begun(JobState::Running, 200)
        }
    }

    #[test]
    fn a_line_says_how_far_and_how_fast() {
        assert_eq!(
            line(&running()),
            "RUNNING  43 %  epoch 86 of 200  1:12 left  12.3k rows/s  train loss 0.02314  validation loss 0.5000"
        );
        let waiting = JobProgress {
            status: JobState::Queued,
            message: "Waiting\u{1b}[2J.".into(),
            loss: None,
            metrics: [].into(),
            ..running()
        };
        assert_eq!(line(&waiting), "QUEUED  Waiting\\u{1b}[2J.");
    }

    #[test]
    fn a_region_has_the_curve_once_there_is_one_and_never_a_colour_unless_wanted() {
        let mut curves = Curves::default();
        assert_eq!(region(&running(), &curves, 80, false).len(), 2);
        for step in 0..20 {
            let point =
                Point { name: "loss".into(), split: Split::Train, step, epoch: 0, value: 1.0 / (step + 1) as f64 };
            curves.push(&point);
        }
        let lines = region(&running(), &curves, 80, false);
        assert_eq!(lines.len(), 10);
        assert!(lines.iter().all(|line| !line.contains('\u{1b}')), "{lines:#?}");
        assert!(lines.iter().skip(2).all(|line| line.chars().count() <= 80), "{lines:#?}");
        assert!(region(&running(), &curves, 80, true)[0].contains("\u{1b}[36mRUNNING"));
    }

    #[test]
    fn bars_and_numbers_have_their_width() {
        assert_eq!(bar(0.0).chars().count(), bar(100.0).chars().count());
        assert_eq!(bar(50.0), format!("▕{}{}▏", "█".repeat(12), " ".repeat(12)));
        assert_eq!(bar(f64::NAN), bar(0.0));
        assert_eq!((number(0.966_66), number(1234.5), number(0.0)), ("0.9667".into(), "1234".into(), "0".into()));
        assert_eq!((number(1.5e-5), short(2_500_000.0)), ("1.500e-5".into(), "2.5M".into()));
        assert_eq!((duration(7.2), duration(11_100.0)), ("0:07".into(), "3:05:00".into()));
    }

    #[test]
    fn numbers_keep_the_digits_that_say_something() {
        let shown =
            [(0.966_666_7, "0.9667"), (0.00003, "0.00003"), (128.0, "128"), (0.5, "0.5"), (-12.345_67, "-12.35")];
        for (number, text) in shown {
            assert_eq!(parameter(&Parameter::Number(number)), text);
        }
        assert_eq!(parameter(&Parameter::Text("adamw".to_owned())), "adamw");
    }
}
