//! The curves of a job: points by (split, name) in the order of their steps, and a version that ticks once a frame.
//!
//! Points do not go through signals one by one: they are pushed into a book, and whoever draws watches the version.

use std::collections::BTreeMap;

use domain::{
    Timestamp,
    job::{MetricPoint, Point, Split},
};
use leptos::prelude::*;

/// One point of one curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Optimizer steps taken since the job began.
    pub step: u64,
    /// Epochs finished.
    pub epoch: u32,
    /// Since the first measurement of the job; never less than that of the sample before.
    pub seconds: f32,
    pub value: f64,
}

/// All curves of a job. Splits are told apart by name so that the order of curves is fixed.
#[derive(Clone, Debug, Default, PartialEq)]
struct Book {
    curves: BTreeMap<(String, &'static str), Vec<Sample>>,
    /// When the first of all was measured.
    began: Option<Timestamp>,
}

impl Book {
    /// Appends a point. One whose step is not beyond the last of its curve replaces the curve from there on: the job
    /// went back to its checkpoint.
    ///
    /// `at` is when it was measured; where nobody says, it is as late as the one before.
    fn push(&mut self, point: &Point, at: Option<Timestamp>) {
        if self.began.is_none() {
            self.began = at;
        }
        let seconds = at.zip(self.began).map_or(0.0, |(at, began)| at.seconds_since(began) as f32);
        let key = (point.name.clone(), point.split.as_str());
        let curve = self.curves.entry(key).or_default();
        if curve.last().is_some_and(|last| last.step >= point.step) {
            let keep = curve.partition_point(|sample| sample.step < point.step);
            curve.truncate(keep);
        }
        let seconds = curve.last().map_or(0.0, |last| last.seconds).max(seconds);
        curve.push(Sample { step: point.step, epoch: point.epoch, seconds, value: point.value });
    }

    /// Puts `history` under what was pushed since: of each curve, the points beyond the end of its history stay.
    fn put_under(&mut self, history: &[MetricPoint]) {
        let mut whole = Self::default();
        for MetricPoint { point, at, .. } in history {
            whole.push(point, Some(*at));
        }
        let later = self.began.zip(whole.began).map_or(0.0, |(own, began)| own.seconds_since(began) as f32);
        whole.began = whole.began.or(self.began);
        for (key, curve) in std::mem::take(&mut self.curves) {
            let under = whole.curves.entry(key).or_default();
            let end = under.last().map(|last| last.step);
            let beyond = curve.into_iter().filter(|sample| end.is_none_or(|end| sample.step > end));
            for sample in beyond {
                let seconds = under.last().map_or(0.0, |last| last.seconds).max(sample.seconds + later);
                under.push(Sample { seconds, ..sample });
            }
        }
        *self = whole;
    }

    /// Forgets what is beyond a step: the job went back to it. Tells whether there was anything. What a finished model said
    /// of untouched rows stays unless the job begins anew, as in the database.
    fn cut_beyond(&mut self, step: u64) -> bool {
        let mut cut = false;
        for ((_, split), curve) in &mut self.curves {
            if step > 0 && *split == Split::Test.as_str() {
                continue;
            }
            let keep = curve.partition_point(|sample| sample.step <= step);
            cut |= keep < curve.len();
            curve.truncate(keep);
        }
        if self.curves.values().all(Vec::is_empty) {
            // It begins anew, and so does its time.
            self.began = None;
        }
        cut
    }

    fn curve(&self, split: Split, name: &str) -> &[Sample] {
        self.curves
            .iter()
            .find(|((own_name, own_split), _)| own_name == name && *own_split == split.as_str())
            .map_or(&[], |(_, curve)| curve.as_slice())
    }
}

/// The curves of one job, shared by everything on its page. Cheap to copy.
#[derive(Clone, Copy)]
pub struct SeriesHandle {
    book: StoredValue<Book>,
    version: RwSignal<u64>,
    frame_asked: StoredValue<bool>,
}

impl SeriesHandle {
    /// A book that begins with `history`, oldest first.
    pub fn new(history: &[MetricPoint]) -> Self {
        let mut book = Book::default();
        for MetricPoint { point, at, .. } in history {
            book.push(point, Some(*at));
        }
        Self { book: StoredValue::new(book), version: RwSignal::new(0), frame_asked: StoredValue::new(false) }
    }

    /// Adds points measured at `at`, oldest first; they are seen at the next frame.
    pub(super) fn push(self, points: &[Point], at: Option<Timestamp>) {
        if points.is_empty() {
            return;
        }
        let kept = self.book.try_update_value(|book| points.iter().for_each(|point| book.push(point, at)));
        if kept.is_some() {
            self.ask_for_frame();
        }
    }

    /// The job stands at this step: what was measured beyond it belongs to a lost attempt.
    pub(super) fn stands_at(self, step: u64) {
        if self.book.try_update_value(|book| book.cut_beyond(step)) == Some(true) {
            self.ask_for_frame();
        }
    }

    /// Puts the whole history under the points that came since.
    pub(super) fn put_under(self, history: &[MetricPoint]) {
        if self.book.try_update_value(|book| book.put_under(history)).is_some() {
            self.ask_for_frame();
        }
    }

    fn ask_for_frame(self) {
        if self.frame_asked.try_get_value() != Some(false) {
            return;
        }
        self.frame_asked.set_value(true);
        request_animation_frame(move || {
            // The page may have gone before the frame came.
            if self.frame_asked.try_set_value(false).is_none() {
                self.version.try_update(|version| *version += 1);
            }
        });
    }

    /// Ticks, once a frame at most, when points were added. Reading it subscribes.
    pub fn version(self) -> u64 {
        self.version.get()
    }

    /// Reads one curve; empty when there is none. Does not subscribe: read the version for that.
    pub fn with_curve<R>(self, split: Split, name: &str, read: impl FnOnce(&[Sample]) -> R) -> R {
        self.book.with_value(|book| read(book.curve(split, name)))
    }

    /// How many points a curve has.
    pub fn points(self, split: Split, name: &str) -> usize {
        self.with_curve(split, name, <[Sample]>::len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(split: Split, step: u64, value: f64) -> Point {
        Point { name: "loss".into(), split, step, epoch: 0, value }
    }

    fn steps(book: &Book, split: Split) -> Vec<(u64, f64)> {
        book.curve(split, "loss").iter().map(|sample| (sample.step, sample.value)).collect()
    }

    #[test]
    fn curves_are_kept_apart_and_a_missing_one_is_empty() {
        let mut book = Book::default();
        book.push(&point(Split::Train, 1, 0.5), None);
        book.push(&point(Split::Validation, 1, 0.7), None);
        assert_eq!(steps(&book, Split::Train), [(1, 0.5)]);
        assert_eq!(steps(&book, Split::Validation), [(1, 0.7)]);
        assert!(book.curve(Split::Train, "accuracy").is_empty());
    }

    #[test]
    fn going_back_to_a_checkpoint_replaces_the_curve_from_there_on() {
        let mut book = Book::default();
        for step in [10, 20, 30, 40] {
            book.push(&point(Split::Train, step, 1.0), None);
        }
        book.push(&point(Split::Train, 25, 2.0), None);
        assert_eq!(steps(&book, Split::Train), [(10, 1.0), (20, 1.0), (25, 2.0)]);
        book.push(&point(Split::Train, 20, 3.0), None);
        assert_eq!(steps(&book, Split::Train), [(10, 1.0), (20, 3.0)]);
    }

    #[test]
    fn what_is_beyond_the_step_that_a_job_went_back_to_is_forgotten() {
        let mut book = Book::default();
        for step in [10, 20, 30] {
            book.push(&point(Split::Train, step, 1.0), None);
            book.push(&point(Split::Validation, step, 1.0), None);
        }
        book.push(&point(Split::Test, 30, 1.0), None);
        assert!(!book.cut_beyond(30));
        assert!(book.cut_beyond(20));
        assert_eq!(steps(&book, Split::Train), [(10, 1.0), (20, 1.0)]);
        assert_eq!(steps(&book, Split::Validation).len(), 2);
        assert_eq!(steps(&book, Split::Test).len(), 1, "the report stays");
        assert!(book.cut_beyond(0), "a job that starts over has no curves");
        assert!(steps(&book, Split::Train).is_empty() && steps(&book, Split::Test).is_empty());
    }

    #[test]
    fn replaying_what_is_known_changes_nothing() {
        let mut book = Book::default();
        let points: Vec<Point> = (1..9).map(|step| point(Split::Train, step, step as f64)).collect();
        for point in &points {
            book.push(point, None);
        }
        let before = book.clone();
        points[4..].iter().for_each(|point| book.push(point, None));
        assert_eq!(book, before);
    }

    #[test]
    fn history_goes_under_what_came_since() {
        let mut book = Book::default();
        for step in [4, 8, 9, 10] {
            book.push(&point(Split::Train, step, 0.0), None);
        }
        book.put_under(&(1..9).map(|step| measured(step, step as i64)).collect::<Vec<_>>());
        let curve = steps(&book, Split::Train);
        assert_eq!(curve.iter().map(|(step, _)| *step).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(curve[3], (4, 1.0));
    }

    /// A measurement of this step so many seconds after the epoch.
    fn measured(step: u64, second: i64) -> MetricPoint {
        MetricPoint { seq: step, point: point(Split::Train, step, 1.0), at: Timestamp(second * 1_000_000) }
    }

    fn seconds(book: &Book) -> Vec<f32> {
        book.curve(Split::Train, "loss").iter().map(|sample| sample.seconds).collect()
    }

    #[test]
    fn times_count_from_the_first_measurement_and_never_go_back() {
        let mut book = Book::default();
        for (step, second) in [(1, Some(100)), (2, Some(103)), (3, None), (4, Some(101)), (5, Some(110))] {
            book.push(&point(Split::Train, step, 0.0), second.map(|second| Timestamp(second * 1_000_000)));
        }
        assert_eq!(seconds(&book), [0.0, 3.0, 3.0, 3.0, 10.0]);
        // What is older began earlier: the times of what stays move.
        book.put_under(&[measured(1, 90), measured(2, 95), measured(3, 99)]);
        assert_eq!(seconds(&book), [0.0, 5.0, 9.0, 13.0, 20.0]);
        // A job that starts over does so in its time, too.
        assert!(book.cut_beyond(0));
        book.push(&point(Split::Train, 1, 0.0), Some(Timestamp(500_000_000)));
        assert_eq!(seconds(&book), [0.0]);
    }
}
