//! A line chart of one metric: what the server draws as SVG and the browser as pixels, with a cursor, a table and a
//! sentence for those who do not see it.
//!
//! Labels and the cursor are SVG in both cases, so nothing moves when the canvas takes over. Positions are attributes,
//! not styles: the page's security policy allows no inline style.

mod along;
mod decimate;
mod draw;
mod export;
mod marks;
mod observe;
mod pointer;
mod scale;
mod svg;
mod table;
mod times;
mod view;

use domain::job::Split;
use leptos::{html, prelude::*};

pub use along::Along;
pub(super) use draw::{Size, add_lines, begin, colour_of, put};
pub(super) use marks::{percent, selection, tick_labels};
pub(super) use observe::{size as canvas_size, theme_changes, until_changed};
pub(super) use pointer::share as share_of_pointer;
pub(super) use scale::Frame;
pub use scale::{Tick, extent, factors, spans_magnitudes, ticks};
pub(super) use svg::path as polyline_path;
pub use view::{View, ViewControls};

/// (position, value) points, in the order of the positions.
pub type Polyline = Vec<(f64, f64)>;

use self::{decimate::decimate, draw::Palette, export::Export, pointer::Move, view::smooth};
use crate::{
    components::format,
    language::{Language, translate},
    live::{Sample, SeriesHandle},
};

/// What is drawn of a metric, in this order: the last is on top.
const LINES: [Line; 2] = [
    Line { split: Split::Train, label: marked!("Training"), tone: "--chart-train", class: "train" },
    Line { split: Split::Validation, label: marked!("Validation"), tone: "--chart-validation", class: "validation" },
];

#[derive(Clone, Copy)]
struct Line {
    split: Split,
    /// Yet to be translated.
    label: &'static str,
    /// Custom property with its colour.
    tone: &'static str,
    class: &'static str,
}

/// Width that the server assumes.
const ASSUMED: Size = Size { width: svg::WIDTH, height: svg::HEIGHT, ratio: 1.0 };

/// Training and validation curve of `metric`. `cursor` (a position on the x axis) may be shared by several charts, which
/// then move together; `best` is the sample of the epoch whose weights are kept.
#[component]
pub fn LineChart(
    #[prop(into)] title: String,
    #[prop(into)] metric: String,
    series: SeriesHandle,
    #[prop(into)] steps_per_epoch: Signal<f64>,
    #[prop(into)] best: Signal<Option<Sample>>,
    /// More points may come.
    #[prop(into)]
    waiting: Signal<bool>,
    cursor: RwSignal<Option<f64>>,
    /// Shared as the cursor is.
    view: RwSignal<View>,
) -> impl IntoView {
    let metric = StoredValue::new(metric);
    let title = StoredValue::new(title);
    let size = RwSignal::new(ASSUMED);
    let mounted = RwSignal::new(false);
    let curve = move |line: Line, read: &mut dyn FnMut(&[Sample])| {
        metric.with_value(|metric| series.with_curve(line.split, metric, read));
    };
    let points = Memo::new(move |_| {
        series.version();
        LINES.map(|line| metric.with_value(|metric| series.points(line.split, metric)))
    });
    let total = move || points.get().iter().sum::<usize>();
    let smoothing = Memo::new(move |_| view.get().smoothing);
    let along = Memo::new(move |_| view.get().along);
    let x_of = move |sample: &Sample| along.get().of(sample);
    // Nothing where nothing is smoothed.
    let smoothed = Memo::new(move |_| {
        series.version();
        LINES.map(|line| {
            let (mut made, weight) = (Vec::new(), smoothing.get());
            if weight > 0.0 {
                curve(line, &mut |samples| made = smooth(samples, weight));
            }
            made
        })
    });
    let furthest = move |along: Along| {
        let mut last = 0.0_f64;
        for line in LINES {
            curve(line, &mut |samples| last = samples.last().map_or(last, |sample| along.of(sample).max(last)));
        }
        last
    };
    let frame = Memo::new(move |_| {
        series.version();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let View { window, logarithmic, along, .. } = view.get();
        let mut hold = |samples: &[Sample]| {
            let shown = |sample: &&Sample| window.is_none_or(|(from, to)| (from..=to).contains(&along.of(sample)));
            for sample in samples.iter().filter(shown) {
                low = low.min(sample.value);
                high = high.max(sample.value);
            }
        };
        for line in LINES {
            curve(line, &mut hold);
        }
        // A smoothed curve lags behind, beyond what was measured within a window.
        smoothed.with(|curves| curves.iter().for_each(|curve| hold(curve)));
        let share = metric.with_value(|metric| format::is_share(metric));
        let bounds = if share { (0.0, 1.0) } else { (if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY }, f64::INFINITY) };
        let Size { width, height, .. } = size.get();
        let wanted = ((width / 90.0).clamp(2.0, 10.0) as usize, (height / 45.0).clamp(2.0, 6.0) as usize);
        let unit = match along {
            Along::Epochs => steps_per_epoch.get(),
            Along::Steps | Along::Time => 1.0,
        };
        let frame = match window {
            None => Frame::new(furthest(along), unit, (low, high), bounds, wanted),
            Some(window) => Frame::of(window, unit, (low, high), bounds, wanted),
        };
        let frame = if along == Along::Time { frame.in_seconds(wanted.0) } else { frame };
        // Logarithms need not be the same bits on a server.
        if logarithmic && !share && mounted.get() { frame.logarithmic((low, high)) } else { frame }
    });
    let thinned = move |samples: &[Sample], columns: usize| {
        frame.with(|frame| decimate(samples, along.get(), frame.x_min, frame.x_max, columns))
    };
    let polyline = move |line: Line, columns: usize| {
        let mut drawn = Vec::new();
        curve(line, &mut |samples| drawn = thinned(samples, columns));
        drawn
    };

    let plot = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let theme = observe::theme_changes();
    let palette = observe::until_changed::<Palette>(theme);
    observe::size(plot, size);
    Effect::new(move |_| {
        let (Some(canvas), size) = (canvas.get(), size.get()) else { return };
        theme.get();
        series.version();
        if palette.with_value(Option::is_none) {
            palette.set_value(Some(Palette::read(&canvas, &LINES.map(|line| line.tone))));
        }
        let columns = (size.width * size.ratio) as usize;
        let measured = LINES.map(|line| polyline(line, columns));
        let (faint, lines) = if smoothing.get() > 0.0 {
            (measured, smoothed.with(|curves| curves.each_ref().map(|curve| thinned(curve, columns))))
        } else {
            (Default::default(), measured)
        };
        let shown = |x: &f64| frame.with(|frame| frame.shows(*x));
        let best = best.get().as_ref().map(x_of).filter(shown);
        let drawn = palette.with_value(|palette| {
            let palette = palette.as_ref()?;
            Some(frame.with(|frame| draw::draw(&canvas, size, frame, [&faint, &lines], best, palette)))
        });
        if let Some(Err(error)) = drawn {
            leptos::logging::warn!("the chart could not be drawn: {error:?}");
        }
        mounted.set(true);
    });

    // The longest curve is the one that the arrow keys walk along.
    let longest = move || {
        let [train, validation] = points.get_untracked();
        if train > validation { LINES[0] } else { LINES[1] }
    };
    // Where a drag began and where it is, as shares of the width.
    let drag = RwSignal::new(None::<(f64, f64)>);
    let zoom = move |factor: f64| {
        let middle = || frame.with_untracked(|frame| f64::midpoint(frame.x_min, frame.x_max));
        let around = cursor.get_untracked().unwrap_or_else(middle);
        view.update(|view| *view = view.zoomed(factor, around, furthest(view.along)));
    };
    let on_key = move |event: web_sys::KeyboardEvent| {
        let factor = match event.key().as_str() {
            "+" | "=" => Some(0.5),
            "-" => Some(2.0),
            "0" | "۰" => Some(f64::INFINITY),
            _ => None,
        };
        if let Some(factor) = factor.filter(|_| !event.ctrl_key() && !event.meta_key()) {
            event.prevent_default();
            return zoom(factor);
        }
        if let Some(key) = Move::of(&event) {
            event.prevent_default();
            let mut to = None;
            curve(longest(), &mut |samples| to = key.apply(samples, along.get_untracked(), cursor.get_untracked()));
            cursor.set(to);
        }
    };
    let on_pointer = move |event: web_sys::PointerEvent| {
        let Some(share) = pointer::share(&event) else { return };
        drag.update(|drag| *drag = drag.map(|(from, _)| (from, share.clamp(0.0, 1.0))));
        let (x, along) = (frame.with_untracked(|frame| frame.x_at(share)), along.get_untracked());
        let mut snapped = None;
        curve(longest(), &mut |samples| snapped = table::nearest(samples, along, x).map(|sample| along.of(sample)));
        cursor.set(snapped);
    };

    let on_down = move |event: web_sys::PointerEvent| {
        // A finger scrolls the page.
        if event.pointer_type() != "touch" && event.button() == 0 {
            let share = pointer::share(&event).map(|share| share.clamp(0.0, 1.0));
            drag.set(share.map(|share| (share, share)));
            pointer::capture(&event);
        }
        on_pointer(event);
    };
    let on_up = move |_| {
        let Some((from, to)) = drag.get_untracked() else { return };
        drag.set(None);
        if (to - from).abs() > 0.02 {
            let (from, to) = frame.with_untracked(|frame| (frame.x_at(from), frame.x_at(to)));
            view.update(|view| *view = view.between(from, to));
        }
    };

    // What each curve has at the cursor.
    let at_cursor = Memo::new(move |_| {
        let x = cursor.get().filter(|x| frame.with(|frame| frame.shows(*x)))?;
        series.version();
        let along = along.get();
        let values = LINES.map(|line| {
            let mut found = None;
            curve(line, &mut |samples| found = table::nearest(samples, along, x).copied());
            found
        });
        // The one that the cursor stands on.
        let distance = |sample: &&Sample| (along.of(sample) - x).abs();
        let stands_on = values.iter().flatten().min_by(|a, b| distance(a).total_cmp(&distance(b))).copied()?;
        Some((stands_on, values))
    });
    let place_of = move |sample: &Sample| {
        let per_epoch = steps_per_epoch.get();
        let step = format::count(sample.step);
        let time = format::duration(f64::from(sample.seconds));
        if per_epoch > 0.0 {
            let epoch = format::significant(sample.step as f64 / per_epoch, 4);
            t!("Epoch {epoch} · step {step} · {time}", epoch = epoch, step = step, time = time)
        } else {
            t!("Step {step} · {time}", step = step, time = time)
        }
    };
    let spoken = move || {
        let Some((here, values)) = at_cursor.get() else { return String::new() };
        let mut text = place_of(&here);
        for (line, value) in LINES.iter().zip(values) {
            if let Some(sample) = value {
                let name = translate(line.label).to_lowercase();
                text += &t!(", {line} {value}", line = name, value = show(metric, sample.value));
            }
        }
        text
    };

    let legend = move |line: Line, at: usize| {
        let newest = move || {
            series.version();
            let mut text = None;
            curve(line, &mut |samples| text = samples.last().map(|sample| show(metric, sample.value)));
            text.unwrap_or_default()
        };
        view! {
            <li hidden=move || points.get().get(at) == Some(&0)>
                <i class=format!("chart-swatch {}", line.class) aria-hidden="true"></i>
                {translate(line.label)}
                <b><bdi>{newest}</bdi></b>
            </li>
        }
    };
    let ticks = move || frame.with(|frame| tick_labels(frame, metric.with_value(|metric| format::is_share(metric))));
    let drawing = move || {
        (!mounted.get()).then(|| {
            let paths = LINES.map(|line| {
                let d = frame.with(|frame| svg::path(frame, &polyline(line, svg::WIDTH as usize)));
                view! { <path class=format!("chart-line {}", line.class) d=d></path> }
            });
            let best = best.get().map(|sample| {
                let at = percent(frame.with(|frame| frame.x(x_of(&sample))));
                view! { <line class="chart-best" x1=at.clone() x2=at y1="0" y2="100%"></line> }
            });
            let view_box = format!("0 0 {} {}", svg::WIDTH, svg::HEIGHT);
            view! {
                <svg class="chart-drawing" viewBox=view_box preserveAspectRatio="none" width="100%" height="100%">
                    <path class="chart-grid" d=frame.with(svg::grid)></path>
                    {paths.into_iter().collect_view()}
                </svg>
                {best}
            }
        })
    };
    let selected = move || selection(drag.get());
    let cross = move || {
        at_cursor.get().map(|(here, values)| {
            let at = percent(frame.with(|frame| frame.x(x_of(&here))));
            let dots = LINES.iter().zip(values).filter_map(|(line, value)| {
                let sample = value?;
                let (x, y) = frame.with(|frame| (frame.x(x_of(&sample)), frame.y(sample.value)));
                let class = format!("chart-dot {}", line.class);
                Some(view! { <circle class=class cx=percent(x) cy=percent(y) r="3.5"></circle> })
            });
            view! {
                <line class="chart-cross" x1=at.clone() x2=at y1="0" y2="100%"></line>
                {dots.collect_view()}
            }
        })
    };
    let tooltip = move || {
        at_cursor.get().map(|(here, values)| {
            let x = frame.with(|frame| frame.x(x_of(&here)));
            let rows = LINES.iter().zip(values).filter_map(|(line, value)| {
                let sample = value?;
                Some(view! {
                    <li>
                        <i class=format!("chart-swatch {}", line.class)></i>
                        {translate(line.label)}
                        <b>{show(metric, sample.value)}</b>
                    </li>
                })
            });
            let dir = Language::now().direction();
            view! {
                // Made in the browser only, where a style is set property by property.
                <div class="chart-tooltip" class:chart-tooltip-left={x > 0.55} style:inset-inline-start=percent(x)>
                    <p dir=dir>{place_of(&here)}</p>
                    <ul dir=dir>{rows.collect_view()}</ul>
                </div>
            }
        })
    };
    let best_label = move || {
        let shown = |sample: &Sample| total() > 0 && frame.with(|frame| frame.shows(x_of(sample)));
        best.get().filter(shown).map(|sample| {
            let x = frame.with(|frame| frame.x(x_of(&sample)));
            let (left, direction) = (x > 0.85, Language::now().direction());
            // Where lines begin on the right, they end on the left.
            let class = if left == (direction == "ltr") { "chart-best-label end" } else { "chart-best-label" };
            let words = t!("best {epoch}", epoch = format::digits(sample.epoch.to_string()));
            view! { <text class=class direction=direction x=percent(x) dx={if left { "-5" } else { "5" }} y="0" dy="10">{words}</text> }
        })
    };

    view! {
        <figure class="chart" data-points=total data-version=move || series.version() data-metric=metric.get_value()>
            <figcaption class="chart-head">
                <span class="chart-title">{title.get_value()} " " <small>{move || along.get().by()}</small></span>
                <ul class="chart-legend">{LINES.iter().enumerate().map(|(at, line)| legend(*line, at)).collect_view()}</ul>
                <Export title metric series points frame along size canvas ready=Signal::derive(move || mounted.get() && total() > 0) />
            </figcaption>
            <div
                class="chart-plot"
                node_ref=plot
                dir="ltr"
                tabindex="0"
                role="slider"
                aria-label=move || format!("{} {}", title.get_value(), along.get().by())
                aria-valuemin=move || frame.with(|frame| on_slider(frame.x_min))
                aria-valuemax=move || frame.with(|frame| on_slider(frame.x_max))
                aria-valuenow=move || on_slider(cursor.get().unwrap_or_default())
                aria-valuetext=spoken
                on:pointermove=on_pointer
                on:pointerdown=on_down
                on:pointerup=on_up
                on:pointercancel=move |_| drag.set(None)
                on:dblclick=move |_| view.update(|view| view.window = None)
                on:pointerleave=move |_| cursor.set(None)
                on:keydown=on_key
                on:blur=move |_| cursor.set(None)
            >
                <canvas node_ref=canvas aria-hidden="true"></canvas>
                <svg class="chart-frame" width="100%" height="100%" aria-hidden="true">
                    {drawing}
                    {move || (total() > 0).then(ticks)}
                    {best_label}
                    {selected}
                    {cross}
                </svg>
                {tooltip}
                <p class="chart-empty" hidden=move || { total() > 0 }>
                    {move || if waiting.get() { t!("Waiting for the first metric") } else { t!("Nothing was measured") }}
                </p>
            </div>
            <Numbers title metric series points />
        </figure>
    }
}

/// A position as a slider says it: whole, or to a thousandth of a second.
fn on_slider(position: f64) -> String {
    ((position * 1_000.0).round() / 1_000.0).to_string()
}

/// The sentence and the table. They change with every doubling, not with every point.
#[component]
fn Numbers(
    title: StoredValue<String>,
    metric: StoredValue<String>,
    series: SeriesHandle,
    points: Memo<[usize; 2]>,
) -> impl IntoView {
    let coarse = Memo::new(move |_| {
        points.get().map(|points| {
            let stride = table::stride(points);
            (stride, points.div_ceil(stride))
        })
    });
    let content = move || {
        let strides = coarse.get();
        let curves = curves(series, metric);
        let moved = LINES.iter().zip(&curves).filter_map(|(line, curve)| {
            metric.with_value(|metric| table::movement(translate(line.label), metric, curve))
        });
        let epochs = curves.iter().filter_map(|curve| curve.last()).map(|sample| sample.epoch).max().unwrap_or(0);
        let sentence = table::sentence(&title.get_value(), epochs, &moved.collect::<Vec<_>>());
        let longest = usize::from(curves[1].len() >= curves[0].len());
        let rows = curves[longest].iter().step_by(strides[longest].0).map(|sample| {
            let cells = curves.each_ref().map(|curve| {
                let value = table::nearest(curve, Along::Steps, sample.step as f64);
                view! { <td>{value.map(|sample| show(metric, sample.value))}</td> }
            });
            view! {
                <tr>
                    <td>{format::count(sample.step)}</td>
                    <td>{format::digits(sample.epoch.to_string())}</td>
                    {cells.into_iter().collect_view()}
                </tr>
            }
        });
        view! {
            <p>{sentence}</p>
            <table>
                <caption>{title.get_value()}</caption>
                <thead>
                    <tr>
                        <th scope="col">{t!("Step")}</th>
                        <th scope="col">{t!("Epoch")}</th>
                        {LINES.map(|line| view! { <th scope="col">{translate(line.label)}</th> }).into_iter().collect_view()}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        }
    };
    view! { <div class="chart-numbers">{content}</div> }
}

/// The points of both lines.
fn curves(series: SeriesHandle, metric: StoredValue<String>) -> [Vec<Sample>; 2] {
    LINES.map(|line| metric.with_value(|metric| series.with_curve(line.split, metric, <[Sample]>::to_vec)))
}

fn show(metric: StoredValue<String>, value: f64) -> String {
    metric.with_value(|metric| format::metric(metric, value))
}
