//! The cursor of a chart: where the pointer or the arrow keys put it, as a position on the x axis.

use wasm_bindgen::JsCast;
use web_sys::{Element, KeyboardEvent, PointerEvent};

use super::{along::Along, table::nearest};
use crate::live::Sample;

/// How far from the left edge of the plot a pointer is, as a share of its width.
pub fn share(event: &PointerEvent) -> Option<f64> {
    let plot: Element = event.current_target()?.dyn_into().ok()?;
    let edges = plot.get_bounding_client_rect();
    (edges.width() > 0.0).then(|| (f64::from(event.client_x()) - edges.left()) / edges.width())
}

/// Lets the plot hear of a drag that leaves it.
pub fn capture(event: &PointerEvent) {
    let plot = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    if let Some(plot) = plot {
        // Without it a drag ends at the edge.
        let _ = plot.set_pointer_capture(event.pointer_id());
    }
}

/// What a key does to the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    By(isize),
    First,
    Last,
    Away,
}

impl Move {
    /// The keys that people expect of a slider; `None` leaves the key to the browser.
    pub fn of(event: &KeyboardEvent) -> Option<Self> {
        let far = if event.shift_key() { 10 } else { 1 };
        match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => Some(Self::By(far)),
            "ArrowLeft" | "ArrowDown" => Some(Self::By(-far)),
            "PageUp" => Some(Self::By(10)),
            "PageDown" => Some(Self::By(-10)),
            "Home" => Some(Self::First),
            "End" => Some(Self::Last),
            "Escape" => Some(Self::Away),
            _ => None,
        }
    }

    /// Where the cursor is after the move, from sample to sample; from nowhere every move but the first goes to the end.
    pub fn apply(self, curve: &[Sample], along: Along, cursor: Option<f64>) -> Option<f64> {
        let last = curve.len().checked_sub(1)?;
        let here = cursor.and_then(|x| {
            let sample = nearest(curve, along, x)?;
            curve.binary_search_by_key(&sample.step, |other| other.step).ok()
        });
        let at = |index: usize| curve.get(index).map(|sample| along.of(sample));
        let to = match (self, here) {
            (Self::Away, _) => return None,
            (Self::First, _) => 0,
            (Self::By(by), Some(here)) => {
                let mut to = here.saturating_add_signed(by).min(last);
                // Some are measured at the same time.
                while (1..last).contains(&to) && at(to) == at(here) {
                    to = to.saturating_add_signed(by.signum());
                }
                to
            }
            (Self::Last, _) | (Self::By(_), None) => last,
        };
        at(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_from_sample_to_sample_and_stop_at_the_ends() {
        let curve: Vec<Sample> =
            [10, 20, 40].iter().map(|&step| Sample { step, epoch: 0, seconds: 1.0, value: 0.0 }).collect();
        assert_eq!(Move::By(-1).apply(&curve, Along::Steps, None), Some(40.0));
        assert_eq!(Move::By(-1).apply(&curve, Along::Steps, Some(39.0)), Some(20.0));
        assert_eq!(Move::By(10).apply(&curve, Along::Steps, Some(10.0)), Some(40.0));
        assert_eq!(Move::By(-10).apply(&curve, Along::Steps, Some(20.0)), Some(10.0));
        assert_eq!(Move::First.apply(&curve, Along::Steps, Some(40.0)), Some(10.0));
        assert_eq!(Move::Away.apply(&curve, Along::Steps, Some(40.0)), None);
        let times = [(10, 1.0), (20, 1.0), (30, 1.0), (40, 2.0)];
        let curve: Vec<Sample> =
            times.iter().map(|&(step, seconds)| Sample { step, epoch: 0, seconds, value: 0.0 }).collect();
        assert_eq!(Move::By(1).apply(&curve, Along::Time, Some(1.0)), Some(2.0), "past those of the same time");
        assert_eq!(Move::Last.apply(&[], Along::Steps, None), None);
    }
}
