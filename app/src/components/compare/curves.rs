//! One metric of many jobs over each other: an SVG from the server, a canvas as soon as there is one.

use std::{iter::once, rc::Rc};

use domain::JobId;
use leptos::{html, prelude::*};

use super::{
    Shared, colour,
    painter::{Painter, Picture},
    split_name,
};
use crate::components::{
    chart::{
        Along, Frame, Polyline, Size, add_lines, begin, canvas_size, colour_of, extent, percent, polyline_path,
        selection, share_of_pointer, theme_changes, tick_labels, until_changed,
    },
    format,
};

/// One job's curve in the units of the x axis.
#[derive(Clone, PartialEq)]
struct Curve {
    id: JobId,
    name: String,
    colour: String,
    points: Polyline,
}

impl Curve {
    fn line(&self) -> (&[(f64, f64)], &str) {
        (&self.points, &self.colour)
    }
}

/// What a browser cannot draw is said in its console.
fn drawn(outcome: Result<(), wasm_bindgen::JsValue>) {
    if let Err(error) = outcome {
        leptos::logging::warn!("the chart could not be drawn: {error:?}");
    }
}

/// Of more curves each is thinner: they hide each other less, and are drawn sooner.
const MANY: usize = 20;

const ASSUMED: Size = Size { width: 1_000.0, height: 300.0, ratio: 1.0 };

#[component]
pub fn Curves(shared: Shared) -> impl IntoView {
    let curves = Memo::new(move |_| curves(shared));
    let window = shared.window;
    let along = Memo::new(move |_| shared.choice.with(|choice| choice.along));
    let size = RwSignal::new(ASSUMED);
    let mounted = RwSignal::new(false);
    let frame = Memo::new(move |_| {
        let choice = shared.choice.get();
        let shown = |curve: &&Curve| shared.shows(curve.id);
        curves.with(|curves| {
            let ends = window.get().unwrap_or_else(|| (0.0, furthest(curves)));
            let inside = |point: &&(f64, f64)| point.0 >= ends.0 && point.0 <= ends.1;
            let values = curves.iter().filter(shown).flat_map(|curve| curve.points.iter().filter(inside));
            let range = extent(values.map(|point| point.1));
            let share = format::is_share(&choice.metric);
            let bounds = if share { (0.0, 1.0) } else { (f64::NEG_INFINITY, f64::INFINITY) };
            let frame = Frame::of(ends, 1.0, range, bounds, (8, 5));
            let frame = if choice.along == Along::Time { frame.in_seconds(8) } else { frame };
            if choice.logarithmic && mounted.get() { frame.logarithmic(range) } else { frame }
        })
    });

    let plot = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let theme = theme_changes();
    let tone = until_changed::<String>(theme);
    canvas_size(plot, size);
    Effect::new(move |painter: Option<Option<Rc<Painter>>>| {
        let (canvas, size) = (canvas.get()?, size.get());
        theme.get();
        if tone.with_value(Option::is_none) {
            // A canvas that is not in the document yet has no colours.
            tone.set_value(Some(colour_of(&canvas, "--chart-grid")).filter(|colour| !colour.is_empty()));
        }
        let (width, shown) = curves.with(|curves| {
            let shown = curves.iter().enumerate().filter(|(_, curve)| shared.shows(curve.id)).map(|(at, _)| at);
            (if curves.len() > MANY { 1.0 } else { 1.5 }, shown.collect::<Vec<usize>>())
        });
        let lines = move |context: &_, picture: &Picture, from: usize, most: usize| {
            // The page may be gone by now, and with it what it had to draw.
            curves.try_with_untracked(|curves| {
                let mut points = 0;
                for (at, curve) in shown.iter().enumerate().skip(from) {
                    let line = once(curves.get(*curve)?.line());
                    points += add_lines(context, picture.size, &picture.frame, width, line);
                    if points >= most {
                        return Some(at + 1);
                    }
                }
                None
            })?
        };
        let done = move || {
            mounted.try_set(true);
        };
        let painter = painter.flatten().or_else(|| Painter::new(canvas))?;
        drawn(painter.paint(Picture { size, frame: frame.get(), tone: tone.get_value() }, lines, done));
        Some(painter)
    });
    // The one that is pointed at is drawn over all others, which fade behind it and are not drawn again.
    let over = NodeRef::<html::Canvas>::new();
    Effect::new(move |_| {
        let (Some(over), size, pointed) = (over.get(), size.get(), shared.pointed.get()) else { return };
        curves.with(|curves| {
            let line =
                curves.iter().filter(|curve| pointed == Some(curve.id) && shared.shows(curve.id)).map(Curve::line);
            drawn(frame.with(|frame| {
                if let Some(context) = begin(&over, size, frame, None)? {
                    add_lines(&context, size, frame, 2.0, line);
                }
                Ok(())
            }));
        });
    });
    let pointing = Memo::new(move |_| {
        let pointed = shared.pointed.get();
        pointed.is_some()
            && curves.with(|curves| curves.iter().any(|curve| pointed == Some(curve.id) && shared.shows(curve.id)))
    });

    // Where a drag began and where it is, as shares of the width.
    let drag = RwSignal::new(None::<(f64, f64)>);
    let at = RwSignal::new(None::<f64>);
    let on_move = move |event: web_sys::PointerEvent| {
        let Some(share) = share_of_pointer(&event) else { return };
        drag.update(|drag| *drag = drag.map(|(from, _)| (from, share.clamp(0.0, 1.0))));
        at.set(Some(frame.with_untracked(|frame| frame.x_at(share))));
        // Whoever drags chooses a part, and no curve.
        let chooses = drag.with_untracked(Option::is_some);
        shared.point_at(if chooses { None } else { nearest_curve(shared, curves, frame, size, share, &event) });
    };
    let on_down = move |event: web_sys::PointerEvent| {
        // A finger scrolls the page.
        if event.pointer_type() != "touch" && event.button() == 0 {
            let share = share_of_pointer(&event).map(|share| share.clamp(0.0, 1.0));
            drag.set(share.map(|share| (share, share)));
        }
    };
    let on_up = move |_| {
        let Some((from, to)) = drag.get_untracked() else { return };
        drag.set(None);
        if (to - from).abs() > 0.02 {
            let (from, to) = if from < to { (from, to) } else { (to, from) };
            window.set(Some(frame.with_untracked(|frame| (frame.x_at(from), frame.x_at(to)))));
        }
    };
    let on_leave = move |_| {
        at.set(None);
        shared.point_at(None);
    };

    let metric = move || shared.choice.with(|choice| choice.metric.clone());
    let title = move || {
        let split = shared.choice.with(|choice| split_name(choice.split));
        t!("{metric} ({split})", metric = format::metric_name(&metric()), split = split)
    };
    let place = move |x: f64| match along.get() {
        Along::Time => format::duration(x),
        Along::Epochs => t!("epoch {n}", n = format::number(x)),
        Along::Steps => t!("step {n}", n = format::number(x)),
    };
    let along = move || along.get().by();
    let ticks = move || frame.with(|frame| tick_labels(frame, format::is_share(&metric())));
    let drawing = move || {
        (!mounted.get()).then(|| {
            let paths = curves.with(|curves| {
                let path = |curve: &Curve| {
                    let d = frame.with(|frame| polyline_path(frame, &curve.points));
                    view! { <path class="chart-line" stroke=curve.colour.clone() d=d></path> }
                };
                curves.iter().map(path).collect_view()
            });
            view! {
                <svg class="chart-drawing" viewBox="0 0 600 200" preserveAspectRatio="none" width="100%" height="100%">
                    {paths}
                </svg>
            }
        })
    };
    let selected = move || selection(drag.get());
    let tooltip = move || {
        let (at, pointed) = (at.get()?, shared.pointed.get()?);
        curves.with(|curves| {
            let curve = curves.iter().find(|curve| curve.id == pointed)?;
            let point = nearest_point(&curve.points, at)?;
            let x = frame.with(|frame| frame.x(at));
            let value = format::metric(&metric(), point.1);
            Some(view! {
                <div class="chart-tooltip" class:chart-tooltip-left={x > 0.55} style:inset-inline-start=percent(x)>
                    <p dir="auto">{curve.name.clone()}</p>
                    <ul dir="auto"><li>{place(point.0)}<b>{value}</b></li></ul>
                </div>
            })
        })
    };
    let none = move || curves.with(Vec::is_empty);
    let spoken = move || {
        let count = curves.with(Vec::len);
        t!(
            "{title} {by}: {curves}. The table below has the results.",
            title = title(),
            by = along(),
            curves = format::counted(count as u64, t!("curve"), t!("curves"))
        )
    };
    view! {
        <figure class="chart compare-curves" data-curves=move || curves.with(Vec::len)>
            <figcaption class="chart-head">
                <span class="chart-title">{title} " " <small>{along}</small></span>
                <button
                    class="button"
                    type="button"
                    hidden=move || window.get().is_none()
                    on:click=move |_| window.set(None)
                >
                    {t!("Show everything")}
                </button>
            </figcaption>
            <div
                class="chart-plot"
                dir="ltr"
                node_ref=plot
                role="img"
                aria-label=spoken
                on:pointermove=on_move
                on:pointerdown=on_down
                on:pointerup=on_up
                on:pointerleave=on_leave
                on:dblclick=move |_| window.set(None)
            >
                <canvas node_ref=canvas class:faded=move || pointing.get() aria-hidden="true"></canvas>
                <canvas node_ref=over aria-hidden="true"></canvas>
                <svg class="chart-frame" width="100%" height="100%" aria-hidden="true">
                    {drawing}
                    {move || (!none()).then(ticks)}
                    {selected}
                </svg>
                {tooltip}
                <p class="chart-empty" dir="auto" hidden=move || !none()>
                    {t!("None of these jobs has measured this.")}
                </p>
            </div>
        </figure>
    }
}

fn curves(shared: Shared) -> Vec<Curve> {
    let along = shared.choice.with(|choice| choice.along);
    shared.comparison.with(|comparison| {
        let curve = |compared: &domain::comparison::ComparedCurve| {
            let (at, job) = comparison.jobs.iter().enumerate().find(|(_, job)| job.job_id == compared.job_id)?;
            let progress = &job.progress;
            let per_epoch = progress.total_steps as f64 / f64::from(progress.total_epochs.max(1));
            let x = |step: u64, since: u64| match along {
                Along::Epochs if per_epoch > 0.0 => step as f64 / per_epoch,
                Along::Epochs | Along::Steps => step as f64,
                Along::Time => since as f64 / 1_000.0,
            };
            let points = compared.points.iter().map(|(step, value, since)| (x(*step, *since), *value));
            Some(Curve { id: job.job_id, name: job.name.clone(), colour: colour(at), points: points.collect() })
        };
        comparison.curves.iter().filter_map(curve).collect()
    })
}

/// The end of the longest curve.
fn furthest(curves: &[Curve]) -> f64 {
    let ends = curves.iter().filter_map(|curve| curve.points.last()).map(|point| point.0);
    ends.fold(1.0, f64::max)
}

fn nearest_point(points: &[(f64, f64)], x: f64) -> Option<(f64, f64)> {
    let after = points.partition_point(|point| point.0 < x);
    let near = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| points.get(at));
    near.min_by(|a, b| (a.0 - x).abs().total_cmp(&(b.0 - x).abs())).copied()
}

/// The job whose curve is nearest to the pointer, if one is near.
fn nearest_curve(
    shared: Shared,
    curves: Memo<Vec<Curve>>,
    frame: Memo<Frame>,
    size: RwSignal<Size>,
    share: f64,
    event: &web_sys::PointerEvent,
) -> Option<JobId> {
    const NEAR: f64 = 40.0;
    let height = size.get_untracked().height;
    let y = f64::from(event.offset_y());
    frame.with_untracked(|frame| {
        let x = frame.x_at(share);
        curves.with_untracked(|curves| {
            let shown =
                curves.iter().filter(|curve| shared.hidden.with_untracked(|hidden| !hidden.contains(&curve.id)));
            let far = shown.filter_map(|curve| {
                let point = nearest_point(&curve.points, x)?;
                Some(((frame.y(point.1) * height - y).abs(), curve.id))
            });
            far.filter(|(far, _)| *far < NEAR).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
        })
    })
}
