//! What a chart can be taken away as: its points as CSV, what is seen of it as PNG.

use std::fmt::Write;

use leptos::{html, prelude::*};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, HtmlCanvasElement, Url};

use super::{
    Along, LINES, Line, Tick, curves,
    draw::{Size, cleared, colour_of},
    scale::Frame,
};
use crate::{
    components::format,
    language::{Language, translate},
    live::{Sample, SeriesHandle},
};

/// How long the browser has to begin with the file.
const KEPT: std::time::Duration = std::time::Duration::from_mins(1);

/// Two buttons. `ready` is false before the canvas has been drawn.
#[component]
pub(super) fn Export(
    title: StoredValue<String>,
    metric: StoredValue<String>,
    series: SeriesHandle,
    points: Memo<[usize; 2]>,
    frame: Memo<Frame>,
    along: Memo<Along>,
    size: RwSignal<Size>,
    canvas: NodeRef<html::Canvas>,
    #[prop(into)] ready: Signal<bool>,
) -> impl IntoView {
    let save_points = move |_| {
        let curves = curves(series, metric);
        let splits = LINES.map(|line| line.split.as_str());
        let text = csv(splits.into_iter().zip(curves.iter().map(Vec::as_slice)));
        told(save_text(&text, &file_name(&title.get_value(), "csv")));
    };
    let save_picture = move |_| {
        let Some(canvas) = canvas.get_untracked() else { return };
        let share = metric.with_value(|metric| format::is_share(metric));
        let head = format!("{} {}", title.get_value(), along.get_untracked().by());
        let lines: Vec<Line> = LINES
            .into_iter()
            .zip(points.get_untracked())
            .filter(|(_, points)| *points > 0)
            .map(|(line, _)| line)
            .collect();
        let drawn = frame.with_untracked(|frame| picture(&canvas, size.get_untracked(), frame, &head, &lines, share));
        told(drawn.and_then(|drawn| save_canvas(&drawn, file_name(&title.get_value(), "png"))));
    };
    let what_points = t!("The points that this page has; of long curves the API has more");
    let (as_csv, as_png) =
        title.with_value(|title| (t!("Save {title} as CSV", title = title), t!("Save {title} as PNG", title = title)));
    view! {
        <div class="chart-export" class:ready=ready>
            <button class="link" type="button" aria-label=as_csv title=what_points on:click=save_points>
                <span translate="no">"CSV"</span>
            </button>
            <button class="link" type="button" aria-label=as_png on:click=save_picture>
                <span translate="no">"PNG"</span>
            </button>
        </div>
    }
}

/// A browser that refuses has nothing that a person could do about it.
fn told(saved: Result<(), JsValue>) {
    if let Err(error) = saved {
        leptos::logging::warn!("the chart could not be saved: {error:?}");
    }
}

/// `split,step,epoch,seconds,value`, a line a point.
fn csv<'a>(curves: impl Iterator<Item = (&'static str, &'a [Sample])>) -> String {
    let mut text = "split,step,epoch,seconds,value\n".to_owned();
    for (split, curve) in curves {
        for Sample { step, epoch, seconds, value } in curve {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{split},{step},{epoch},{seconds},{value}");
        }
    }
    text
}

/// `my-run-loss.csv`, after the page and the chart.
fn file_name(title: &str, ending: &str) -> String {
    let page = document().title();
    let page = page.rsplit_once(" · ").map_or("", |(page, _)| page);
    let letters = |text: &str| {
        let kept = text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '-' });
        kept.collect::<String>()
    };
    format!("{}-{}.{ending}", letters(page), letters(title).to_lowercase())
}

fn save_text(text: &str, name: &str) -> Result<(), JsValue> {
    let kind = BlobPropertyBag::new();
    kind.set_type("text/csv;charset=utf-8");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &kind)?;
    save(&blob, name)
}

fn save_canvas(canvas: &HtmlCanvasElement, name: String) -> Result<(), JsValue> {
    let encoded = Closure::once_into_js(move |blob: Option<Blob>| {
        told(blob.ok_or(JsValue::from_str("no picture")).and_then(|blob| save(&blob, &name)));
    });
    canvas.to_blob(encoded.unchecked_ref())
}

/// Has the browser keep a file under this name.
fn save(blob: &Blob, name: &str) -> Result<(), JsValue> {
    let address = Url::create_object_url_with_blob(blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    // The router leaves it to the browser.
    link.set_rel("external");
    link.click();
    set_timeout(
        move || {
            // Gone with the page in any case.
            let _ = Url::revoke_object_url(&address);
        },
        KEPT,
    );
    Ok(())
}

/// Around the plot, in CSS pixels.
const LEFT: f64 = 56.0;
const TOP: f64 = 40.0;
const RIGHT: f64 = 20.0;
const BOTTOM: f64 = 32.0;

/// The plot with what the page writes around it.
fn picture(
    plot: &HtmlCanvasElement,
    size: Size,
    frame: &Frame,
    title: &str,
    lines: &[Line],
    share: bool,
) -> Result<HtmlCanvasElement, JsValue> {
    let (width, height) = (LEFT + size.width + RIGHT, TOP + size.height + BOTTOM);
    let canvas: HtmlCanvasElement = document().create_element("canvas")?.unchecked_into();
    let context = cleared(&canvas, Size { width, height, ..size })?.ok_or("canvases cannot be drawn on")?;
    context.set_fill_style_str(&colour_of(plot, "--surface"));
    context.fill_rect(0.0, 0.0, width, height);
    context.draw_image_with_html_canvas_element_and_dw_and_dh(plot, LEFT, TOP, size.width, size.height)?;

    let direction = Language::now().direction();
    // web-sys has no setter for it.
    js_sys::Reflect::set(&context, &"direction".into(), &direction.into())?;
    // What stands above the plot begins on the side where lines do.
    let from_start = |x: f64| if direction == "rtl" { width - x } else { x };
    let (text, soft) = (colour_of(plot, "--text"), colour_of(plot, "--text-soft"));
    context.set_fill_style_str(&text);
    context.set_font("600 14px system-ui, sans-serif");
    context.fill_text(title, from_start(16.0), 24.0)?;
    context.set_font("12px system-ui, sans-serif");
    context.set_text_align("end");
    let mut end = width - RIGHT;
    for line in lines.iter().rev() {
        let label = translate(line.label);
        context.set_fill_style_str(&soft);
        context.fill_text(label, from_start(end), 24.0)?;
        end -= context.measure_text(label)?.width() + 18.0;
        context.set_fill_style_str(&colour_of(plot, line.tone));
        context.fill_rect(from_start(end).min(from_start(end + 12.0)), 19.0, 12.0, 2.0);
        end -= 14.0;
    }
    context.set_fill_style_str(&soft);
    context.set_text_align("right");
    for Tick { at, label, .. } in frame.labels_up(share) {
        context.fill_text(&label, LEFT - 8.0, TOP + (1.0 - at) * size.height + 4.0)?;
    }
    context.set_text_align("center");
    for Tick { at, label, .. } in &frame.x_ticks {
        context.fill_text(label, LEFT + at * size.width, TOP + size.height + 20.0)?;
    }
    Ok(canvas)
}

#[cfg(test)]
mod tests {
    use super::csv;
    use crate::live::Sample;

    #[test]
    fn points_are_lines_with_their_split() {
        let curve = [Sample { step: 10, epoch: 1, seconds: 0.5, value: 0.25 }];
        let text = csv([("train", curve.as_slice()), ("validation", &[])].into_iter());
        assert_eq!(text, "split,step,epoch,seconds,value\ntrain,10,1,0.5,0.25\n");
    }
}
