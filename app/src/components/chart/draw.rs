//! The chart as pixels: grid, lines and the mark of the best epoch, at the resolution of the screen.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use super::scale::Frame;

/// Resolved colours; canvases know nothing of custom properties.
#[derive(Clone, Debug)]
pub struct Palette {
    pub grid: String,
    pub mark: String,
    /// In the order of the lines.
    pub lines: Vec<String>,
}

impl Palette {
    /// Reads colours through the canvas element, which inherits the custom properties of the chart.
    pub fn read(canvas: &HtmlCanvasElement, tones: &[&str]) -> Self {
        Self {
            grid: colour_of(canvas, "--chart-grid"),
            mark: colour_of(canvas, "--chart-mark"),
            lines: tones.iter().map(|tone| colour_of(canvas, tone)).collect(),
        }
    }
}

/// The colour that a custom property has on this canvas, as a canvas understands it.
pub fn colour_of(canvas: &HtmlCanvasElement, property: &str) -> String {
    let own = canvas.style();
    // `color` resolves var() and light-dark().
    let _ = own.set_property("color", &format!("var({property})"));
    let style = leptos::prelude::window().get_computed_style(canvas).ok().flatten();
    let colour = style.and_then(|style| style.get_property_value("color").ok()).unwrap_or_default();
    let _ = own.remove_property("color");
    colour
}

/// A canvas's size in CSS pixels and how many device pixels one has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub width: f64,
    pub height: f64,
    pub ratio: f64,
}

/// Draws everything anew. `lines` are polylines in the order of the palette; `best` is a position on the x axis.
pub fn draw(
    canvas: &HtmlCanvasElement,
    size: Size,
    frame: &Frame,
    [faint, lines]: [&[Vec<(f64, f64)>]; 2],
    best: Option<f64>,
    palette: &Palette,
) -> Result<(), JsValue> {
    let Some(context) = cleared(canvas, size)? else { return Ok(()) };
    grid(&context, size, frame, &palette.grid);

    if let Some(best) = best {
        let x = (frame.x(best) * size.width).round().clamp(1.0, size.width) - 0.5;
        context.set_stroke_style_str(&palette.mark);
        context.set_line_dash(&js_sys::Array::of2(&3.into(), &3.into()))?;
        context.begin_path();
        context.move_to(x, 0.0);
        context.line_to(x, size.height);
        context.stroke();
        context.set_line_dash(&js_sys::Array::new())?;
    }

    // What was smoothed stays visible behind what it became.
    context.set_line_width(1.0);
    context.set_global_alpha(0.3);
    for (line, colour) in faint.iter().zip(&palette.lines) {
        context.set_stroke_style_str(colour);
        trace(&context, size, frame, line);
    }
    context.set_global_alpha(1.0);

    context.set_line_width(1.5);
    context.set_line_join("round");
    context.set_line_cap("round");
    for (line, colour) in lines.iter().zip(&palette.lines) {
        context.set_stroke_style_str(colour);
        trace(&context, size, frame, line);
        // A single point has no line.
        if let [(step, value)] = line.as_slice() {
            context.set_fill_style_str(colour);
            context.begin_path();
            context.arc(frame.x(*step) * size.width, frame.y(*value) * size.height, 2.0, 0.0, std::f64::consts::TAU)?;
            context.fill();
        }
    }
    Ok(())
}

/// A line through its points.
fn trace(context: &CanvasRenderingContext2d, size: Size, frame: &Frame, line: &[(f64, f64)]) {
    context.begin_path();
    for (at, (step, value)) in line.iter().enumerate() {
        let (x, y) = (frame.x(*step) * size.width, frame.y(*value) * size.height);
        if at == 0 {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
    }
    context.stroke();
}

/// The canvas at the resolution of the screen, with nothing on it; in units of CSS pixels.
pub fn cleared(canvas: &HtmlCanvasElement, size: Size) -> Result<Option<CanvasRenderingContext2d>, JsValue> {
    let (wide, high) = ((size.width * size.ratio).round(), (size.height * size.ratio).round());
    if f64::from(canvas.width()) != wide || f64::from(canvas.height()) != high {
        canvas.set_width(wide as u32);
        canvas.set_height(high as u32);
    }
    let context = canvas.get_context("2d")?.and_then(|it| it.dyn_into::<CanvasRenderingContext2d>().ok());
    if let Some(context) = &context {
        context.set_transform(size.ratio, 0.0, 0.0, size.ratio, 0.0, 0.0)?;
        context.clear_rect(0.0, 0.0, size.width, size.height);
    }
    Ok(context)
}

/// A line at each tick of the values.
fn grid(context: &CanvasRenderingContext2d, size: Size, frame: &Frame, colour: &str) {
    context.set_line_width(1.0);
    context.set_stroke_style_str(colour);
    context.begin_path();
    for tick in &frame.y_ticks {
        let y = ((1.0 - tick.at) * size.height).round().clamp(1.0, size.height) - 0.5;
        context.move_to(0.0, y);
        context.line_to(size.width, y);
    }
    context.stroke();
}

/// An empty picture for lines, on a grid of the colour `tone` if there is one.
pub fn begin(
    canvas: &HtmlCanvasElement,
    size: Size,
    frame: &Frame,
    tone: Option<&str>,
) -> Result<Option<CanvasRenderingContext2d>, JsValue> {
    let context = cleared(canvas, size)?;
    if let (Some(context), Some(tone)) = (&context, tone) {
        grid(context, size, frame, tone);
    }
    Ok(context)
}

/// Lines, each with its colour, the last on top; of each what the frame shows. Tells how many points that were. Lines of one
/// pixel are several times quicker than wider ones.
pub fn add_lines<'a>(
    context: &CanvasRenderingContext2d,
    size: Size,
    frame: &Frame,
    width: f64,
    lines: impl Iterator<Item = (&'a [(f64, f64)], &'a str)>,
) -> usize {
    context.save();
    // What is left and right of the window is not drawn over the labels.
    context.begin_path();
    context.rect(0.0, 0.0, size.width, size.height);
    context.clip();
    context.set_line_width(width);
    context.set_line_join("round");
    let mut points = 0;
    for (line, colour) in lines {
        context.set_stroke_style_str(colour);
        let shown = frame.part_of(line);
        trace(context, size, frame, shown);
        points += shown.len();
    }
    context.restore();
    points
}

/// Puts one picture into another, where what it shows (`of`) lies in what that shows.
pub fn put(
    picture: &HtmlCanvasElement,
    of: &Frame,
    context: &CanvasRenderingContext2d,
    size: Size,
    frame: &Frame,
) -> Result<(), JsValue> {
    let (left, right) = (frame.x(of.x_min) * size.width, frame.x(of.x_max) * size.width);
    let (top, bottom) = (frame.y(of.y_max) * size.height, frame.y(of.y_min) * size.height);
    context.draw_image_with_html_canvas_element_and_dw_and_dh(picture, left, top, right - left, bottom - top)
}
