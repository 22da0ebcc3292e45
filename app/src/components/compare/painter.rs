//! Many curves on a canvas, without a frame in which nothing else gets its turn. What browsers put off until the end of a frame
//! is the dear part: a hundred curves of 800 points at once take some without a graphics card 60 to 130 ms. So they are drawn
//! out of sight, a few in each frame, and seen when all are there. Meanwhile what was seen before is moved and stretched to
//! where it belongs, as maps do.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
};

use leptos::prelude::{document, request_animation_frame};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::components::chart::{Frame, Size, begin, put};

/// Points of a frame: at first, and between these as frames turn out short or long.
const FIRST: usize = 6_000;
const FEWEST: usize = 1_500;
const MOST: usize = 12_000;
/// Milliseconds between two frames that miss none, at 60 in a second, and that miss one.
const SHORT: f64 = 19.0;
const LONG: f64 = 26.0;

/// A canvas that is seen, one that is not, and what is drawn on them.
pub struct Painter {
    front: HtmlCanvasElement,
    back: HtmlCanvasElement,
    /// What the seen one is a picture of.
    shown: RefCell<Option<Frame>>,
    /// Of the picture that was begun last; what draws at another one stops.
    turn: Cell<u32>,
}

/// A picture to be drawn.
pub struct Picture {
    pub size: Size,
    pub frame: Frame,
    /// Colour of the grid.
    pub tone: Option<String>,
}

impl Painter {
    /// Nothing where a browser has no more canvases.
    pub fn new(front: HtmlCanvasElement) -> Option<Rc<Self>> {
        let back = document().create_element("canvas").ok()?.dyn_into().ok()?;
        Some(Rc::new(Self { front, back, shown: RefCell::default(), turn: Cell::default() }))
    }

    /// Begins a picture. `lines` draws lines from the one with this number on, about so many points of them, and gives the number
    /// of the next and how many points it were; `None` when there is nothing to draw any more. What is done is said to `done`.
    pub fn paint(
        self: &Rc<Self>,
        picture: Picture,
        lines: impl Fn(&CanvasRenderingContext2d, &Picture, usize, usize) -> Option<usize> + 'static,
        done: impl Fn() + 'static,
    ) -> Result<(), JsValue> {
        self.turn.set(self.turn.get().wrapping_add(1));
        self.stretch(&picture)?;
        if let Some(context) = begin(&self.back, picture.size, &picture.frame, picture.tone.as_deref())? {
            let work = Work {
                context,
                picture,
                lines,
                done,
                turn: self.turn.get(),
                points: FIRST,
                begun: js_sys::Date::now(),
            };
            self.go_on(work, 0);
        }
        Ok(())
    }

    /// What is seen becomes a rough picture of the new one.
    fn stretch(&self, Picture { size, frame, .. }: &Picture) -> Result<(), JsValue> {
        let before = self.shown.borrow_mut().take();
        let Some(before) = before.filter(|before| before.is_like(frame)) else { return Ok(()) };
        if before != *frame {
            let Some(context) = begin(&self.back, *size, frame, None)? else { return Ok(()) };
            put(&self.front, &before, &context, *size, frame)?;
            self.show(*size, frame)?;
        }
        *self.shown.borrow_mut() = Some(frame.clone());
        Ok(())
    }

    /// What was drawn out of sight is seen.
    fn show(&self, size: Size, frame: &Frame) -> Result<(), JsValue> {
        let Some(context) = begin(&self.front, size, frame, None)? else { return Ok(()) };
        put(&self.back, frame, &context, size, frame)
    }

    fn go_on<L, D>(self: &Rc<Self>, mut work: Work<L, D>, from: usize)
    where
        L: Fn(&CanvasRenderingContext2d, &Picture, usize, usize) -> Option<usize> + 'static,
        D: Fn() + 'static,
    {
        if self.turn.get() != work.turn {
            return;
        }
        if let Some(next) = (work.lines)(&work.context, &work.picture, from, work.points) {
            let painter = Rc::clone(self);
            request_animation_frame(move || {
                let now = js_sys::Date::now();
                work.points = after(work.points, now - work.begun);
                work.begun = now;
                painter.go_on(work, next);
            });
            return;
        }
        if let Err(error) = self.show(work.picture.size, &work.picture.frame) {
            leptos::logging::warn!("the chart could not be shown: {error:?}");
        }
        *self.shown.borrow_mut() = Some(work.picture.frame);
        (work.done)();
    }
}

/// A picture that is not whole yet.
struct Work<L, D> {
    context: CanvasRenderingContext2d,
    picture: Picture,
    lines: L,
    done: D,
    turn: u32,
    /// How many are drawn in a frame.
    points: usize,
    /// When the frame before began.
    begun: f64,
}

/// How many points the next frame has, when this one took so long with so many.
fn after(points: usize, took: f64) -> usize {
    match took {
        ..SHORT => (points * 3 / 2).min(MOST),
        LONG.. => (points / 2).max(FEWEST),
        _ => points,
    }
}

#[cfg(test)]
mod tests {
    use super::{FEWEST, FIRST, LONG, MOST, after};

    #[test]
    fn frames_have_as_much_to_do_as_they_have_time_for() {
        assert!(after(FIRST, 16.7) > FIRST && after(FIRST, 20.0) == FIRST && after(FIRST, 50.0) < FIRST);
        let many = (0..20).fold(FIRST, |points, _| after(points, 16.7));
        let few = (0..20).fold(FIRST, |points, _| after(points, LONG));
        assert_eq!((many, few), (MOST, FEWEST));
    }
}
