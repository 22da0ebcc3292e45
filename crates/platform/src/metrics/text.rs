//! The text format of Prometheus (0.0.4).

use std::fmt::Write;

use super::Histogram;

/// A page of figures.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// What the samples that follow are: `kind` is "counter", "gauge" or "histogram".
    pub fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string does not fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    pub fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        self.0.push_str(name);
        for (at, (label, value)) in labels.iter().enumerate() {
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(self.0, "{}{label}=\"{value}\"", if at == 0 { '{' } else { ',' });
        }
        let _ = writeln!(self.0, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }

    /// A family of one.
    pub fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.family(name, "gauge", help);
        self.sample(name, &[], value);
    }

    /// A family of one.
    pub fn counter(&mut self, name: &str, help: &str, value: u64) {
        self.family(name, "counter", help);
        self.sample(name, &[], value as f64);
    }

    /// One histogram of a family.
    pub fn histogram<const N: usize>(&mut self, name: &str, labels: &[(&str, &str)], histogram: &Histogram<N>) {
        let (counts, count, sum) = histogram.read();
        let bucket = format!("{name}_bucket");
        let bounds = histogram.bounds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        for (bound, count) in bounds.zip(counts.into_iter().chain([count])) {
            let mut labels = labels.to_vec();
            labels.push(("le", &bound));
            self.sample(&bucket, &labels, count as f64);
        }
        self.sample(&format!("{name}_sum"), labels, sum);
        self.sample(&format!("{name}_count"), labels, count as f64);
    }

    pub fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{Histogram, Text};

    #[test]
    fn lines_are_as_prometheus_reads_them() {
        let mut text = Text::default();
        text.gauge("a", "Help.", 0.5);
        let histogram = Histogram::new(&[0.1, 1.0]);
        histogram.observe(0.5);
        text.family("h", "histogram", "Help.");
        text.histogram("h", &[("route", "a\"b\\")], &histogram);
        assert_eq!(
            text.into_string(),
            "# HELP a Help.\n# TYPE a gauge\na 0.5\n# HELP h Help.\n# TYPE h histogram\n\
             h_bucket{route=\"a\\\"b\\\\\",le=\"0.1\"} 0\nh_bucket{route=\"a\\\"b\\\\\",le=\"1\"} 1\n\
             h_bucket{route=\"a\\\"b\\\\\",le=\"+Inf\"} 1\nh_sum{route=\"a\\\"b\\\\\"} 0.5\n\
             h_count{route=\"a\\\"b\\\\\"} 1\n"
        );
    }
}
