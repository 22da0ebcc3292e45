//! The learning rate at a step: a function of the step and of what is in a checkpoint, so that resuming is exact.

use std::f64::consts::PI;

use domain::job::LrSchedule;

/// What the chosen learning rate is multiplied by at `step` (from 1) of `total`, after so many reductions.
pub(super) fn share(schedule: LrSchedule, step: u64, total: u64, reductions: u32) -> f64 {
    match schedule {
        LrSchedule::Constant => 1.0,
        LrSchedule::Plateau { factor, .. } => factor.powi(reductions.min(1_000) as i32),
        LrSchedule::Cosine { warmup } => {
            let (step, total) = (step as f64, total.max(1) as f64);
            let rising = warmup * total;
            if step <= rising {
                return step / rising;
            }
            // The last step moves a little: a rate of nothing would waste it.
            let done = (step - rising - 1.0).max(0.0) / (total - rising).max(1.0);
            0.5 * (1.0 + (PI * done.min(1.0)).cos())
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::job::LrSchedule;

    use super::share;

    #[test]
    fn a_cosine_rises_and_falls() {
        let at = |step| share(LrSchedule::Cosine { warmup: 0.1 }, step, 100, 0);
        assert_eq!((at(1), at(5), at(10), at(11)), (0.1, 0.5, 1.0, 1.0));
        assert!((at(56) - 0.5).abs() < 1e-9, "{}", at(56));
        assert!((1..100).all(|step| step < 11 || at(step + 1) < at(step)));
        assert!(at(100) > 0.0 && at(100) < 1e-3, "{}", at(100));
        // No warm-up, and a job of one step.
        assert_eq!(share(LrSchedule::Cosine { warmup: 0.0 }, 1, 1, 0), 1.0);
    }

    #[test]
    fn a_plateau_halves_as_often_as_it_was_met() {
        let schedule = LrSchedule::Plateau { patience: 5, factor: 0.5 };
        assert_eq!([0, 1, 3].map(|times| share(schedule, 7, 10, times)), [1.0, 0.5, 0.125]);
        assert_eq!(share(LrSchedule::Constant, 7, 10, 3), 1.0);
    }
}
