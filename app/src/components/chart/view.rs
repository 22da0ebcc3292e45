//! What of the curves is looked at, and how: a part of the steps, a logarithmic scale, smoothing. All charts of a page share it.

use leptos::prelude::*;
use leptos_router::params::ParamsMap;

use super::along::Along;
use crate::{
    components::{format, scripted::scripted},
    language::translate,
    live::Sample,
};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct View {
    pub along: Along,
    /// From one position on the axis to another; `None` is everything, also what is still to come.
    pub window: Option<(f64, f64)>,
    /// Equal factors are equally far apart.
    pub logarithmic: bool,
    /// 0 to 0.99: the share of what was before in each smoothed value.
    pub smoothing: f64,
}

impl View {
    /// What an address says; what is no view in it is left out.
    pub fn read(query: &ParamsMap) -> Self {
        let number = |name: &str| query.get(name)?.parse::<f64>().ok().filter(|number| number.is_finite());
        let along = Along::parse(&query.get("along").unwrap_or_default());
        // Both ends are rounded in an address.
        let wide = |(from, to): &(f64, f64)| *from >= 0.0 && to - from >= along.narrowest() - 0.002;
        let window = number("from").zip(number("to")).filter(wide);
        Self {
            along,
            window,
            logarithmic: query.get("log").as_deref() == Some("on"),
            smoothing: number("smoothing").unwrap_or_default().clamp(0.0, 0.99),
        }
    }

    /// What [`View::read`] reads, from the `?` on; nothing for the view that everybody begins with.
    pub fn query(self) -> String {
        // More digits would be noise in an address.
        let short = |number: f64| ((number * 1_000.0).round() / 1_000.0).to_string();
        let mut pairs = Vec::new();
        if self.along != Along::default() {
            pairs.push(format!("along={}", self.along.as_str()));
        }
        if let Some((from, to)) = self.window {
            pairs.push(format!("from={}&to={}", short(from), short(to)));
        }
        if self.logarithmic {
            pairs.push("log=on".to_owned());
        }
        if self.smoothing > 0.0 {
            pairs.push(format!("smoothing={}", short(self.smoothing)));
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// With a part of what is shown that is `factor` times as wide, around a position. `whole` is everything there is.
    #[must_use]
    pub fn zoomed(self, factor: f64, around: f64, whole: f64) -> Self {
        let (from, to) = self.window.unwrap_or((0.0, whole));
        let width = ((to - from) * factor).max(self.along.narrowest());
        if width >= whole {
            return Self { window: None, ..self };
        }
        // The position stays where it is on the screen.
        let share = ((around - from) / (to - from)).clamp(0.0, 1.0);
        let first = (around - share * width).clamp(0.0, whole - width);
        Self { window: Some((first, first + width)), ..self }
    }

    /// From one position to another, in whatever order; nothing changes when they are too near.
    #[must_use]
    pub fn between(self, a: f64, b: f64) -> Self {
        let (from, to) = if a < b { (a, b) } else { (b, a) };
        if to - from < self.along.narrowest() { self } else { Self { window: Some((from, to)), ..self } }
    }
}

/// A moving mean that weighs what is longer ago less: exponential, corrected for its beginning as in Kingma & Ba 2015, so that
/// the first value is itself.
pub fn smooth(samples: &[Sample], weight: f64) -> Vec<Sample> {
    let (mut mean, mut missing) = (0.0, 1.0);
    let smoothed = samples.iter().map(|sample| {
        mean = weight * mean + (1.0 - weight) * sample.value;
        missing *= weight;
        Sample { value: mean / (1.0 - missing), ..*sample }
    });
    smoothed.collect()
}

/// The controls. There is nothing to control before the browser has taken over.
#[component]
pub fn ViewControls(view: RwSignal<View>) -> impl IntoView {
    let ready = scripted();
    let smoothing = move |event| {
        let value = event_target_value(&event).parse::<f64>().unwrap_or_default().clamp(0.0, 0.99);
        view.update(|view| view.smoothing = value);
    };
    let logarithmic = move |event| view.update(|view| view.logarithmic = event_target_checked(&event));
    let along = move |event| {
        let along = Along::parse(&event_target_value(&event));
        view.update(|view| {
            // A part of the steps is none of the seconds.
            let same = (view.along == Along::Time) == (along == Along::Time);
            *view = View { along, window: view.window.filter(|_| same), ..*view };
        });
    };
    let chosen = view.get_untracked();
    let alongs = Along::ALL.map(|(one, name, label)| {
        view! { <option value=name selected={one == chosen.along}>{translate(label)}</option> }
    });
    view! {
        <div class="chart-tools" role="group" aria-label=t!("How curves are shown") hidden=move || !ready.get()>
            <label>
                {t!("Along")}
                <select on:change=along prop:value=move || view.get().along.as_str()>{alongs.into_iter().collect_view()}</select>
            </label>
            <label>
                {t!("Smoothing")}
                <input
                    type="range"
                    min="0"
                    max="0.99"
                    step="0.01"
                    value=chosen.smoothing
                    prop:value=move || view.get().smoothing.to_string()
                    on:input=smoothing
                />
                <output>{move || format::digits(format!("{:.2}", view.get().smoothing))}</output>
            </label>
            <label>
                <input
                    type="checkbox"
                    checked=chosen.logarithmic
                    prop:checked=move || view.get().logarithmic
                    on:change=logarithmic
                />
                {t!("Log scale")}
            </label>
            <span class="hint" hidden=move || view.get().window.is_some()>{t!("Drag in a chart to zoom.")}</span>
            <button
                class="button"
                type="button"
                hidden=move || view.get().window.is_none()
                on:click=move |_| view.update(|view| view.window = None)
            >
                {t!("Show everything")}
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::params::ParamsMap;

    use super::{Along, View, smooth};
    use crate::live::Sample;

    #[test]
    fn a_window_keeps_the_cursor_where_it_is_and_stays_within_what_there_is() {
        let view = View::default().zoomed(0.5, 25.0, 100.0);
        assert_eq!(view.window, Some((12.5, 62.5)));
        assert_eq!(view.zoomed(0.5, 25.0, 100.0).window, Some((18.75, 43.75)));
        assert_eq!(view.zoomed(2.0, 25.0, 100.0).window, None, "as wide as everything");
        assert_eq!(View::default().zoomed(0.5, 100.0, 100.0).window, Some((50.0, 100.0)));
        assert_eq!(View::default().between(70.0, 20.0).window, Some((20.0, 70.0)));
        assert_eq!(view.between(30.0, 30.5), view, "a click is no window");
    }

    #[test]
    fn smoothing_begins_with_the_first_value_and_follows_the_others() {
        let samples: Vec<Sample> = [4.0, 0.0, 0.0, 8.0]
            .iter()
            .zip(0..)
            .map(|(&value, step)| Sample { step, epoch: 0, seconds: 0.0, value })
            .collect();
        let values: Vec<f64> = smooth(&samples, 0.5).iter().map(|sample| sample.value).collect();
        // Weights 1; 1/3, 2/3; 1/7, 2/7, 4/7; 1/15, 2/15, 4/15, 8/15.
        let expected = [4.0, 4.0 / 3.0, 4.0 / 7.0, (4.0 + 64.0) / 15.0];
        assert!(values.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-12), "{values:?}");
        assert_eq!(smooth(&samples, 0.0), samples);
    }

    #[test]
    fn a_view_is_in_the_address_and_nonsense_is_not() {
        let view = View { along: Along::Time, window: Some((1.25, 60.0)), logarithmic: true, smoothing: 0.8 };
        assert_eq!(view.query(), "?along=time&from=1.25&to=60&log=on&smoothing=0.8");
        let read = |text: &str| {
            let mut query = ParamsMap::new();
            for pair in text.trim_start_matches('?').split('&').filter_map(|pair| pair.split_once('=')) {
                query.insert(pair.0.to_owned(), pair.1.to_owned());
            }
            View::read(&query)
        };
        assert_eq!(read(&view.query()), view);
        assert_eq!(View::default().query(), "");
        let narrow = View { along: Along::Time, window: Some((0.1, 0.15)), ..View::default() };
        assert_eq!(read(&narrow.query()), narrow);
        for nonsense in ["from=5&to=2", "from=-3&to=9", "from=NaN&to=inf", "from=4", "smoothing=x&along=moons&log=off"]
        {
            assert_eq!(read(nonsense), View::default(), "{nonsense}");
        }
        assert_eq!(read("smoothing=7").smoothing, 0.99);
    }
}
