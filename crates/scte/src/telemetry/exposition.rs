//! Metrics as Prometheus reads them: its text format, for what is looked up when somebody asks.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::catalogue;

/// Values by metric, each with what is known of it; a metric that nobody gave a value is left out.
#[derive(Default)]
pub(super) struct Exposition(BTreeMap<&'static str, Vec<(String, f64)>>);

impl Exposition {
    /// Gives a value of a metric under the values of its labels, in their order.
    pub(super) fn set(&mut self, name: &'static str, labels: &[&str], value: f64) {
        let Some(metric) = catalogue::find(name) else {
            debug_assert!(false, "{name} is in no catalogue");
            return;
        };
        debug_assert_eq!(metric.labels.len(), labels.len(), "{name}");
        let labels = metric.labels.iter().zip(labels).map(|(name, value)| labelled(name, value));
        let labels = labels.collect::<Vec<_>>().join(",");
        self.0.entry(metric.name).or_default().push((labels, value));
    }

    /// As [`Self::set`], of what is so or not so.
    pub(super) fn set_whether(&mut self, name: &'static str, labels: &[&str], so: bool) {
        self.set(name, labels, if so { 1.0 } else { 0.0 });
    }

    /// The text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (name, values) in &self.0 {
            let Some(metric) = catalogue::find(name) else { continue };
            let kind = metric.kind.word();
            let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", metric.meaning);
            for (labels, value) in values {
                let labels =
                    if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
                let _ = writeln!(text, "{name}{labels} {value}");
            }
            text.push('\n');
        }
        text
    }
}

fn labelled(name: &str, value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("{name}=\"{value}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_below_what_they_mean() {
        let mut exposition = Exposition::default();
        exposition.set("scte_parked_keys", &["outreach", "a \"b\"\\\n"], 2.0);
        exposition.set("scte_parked_keys", &["outreach", "commerce"], 0.0);
        exposition.set_whether("scte_held", &["content"], true);
        exposition.set("process_open_fds", &[], 12.5);

        let text = exposition.text();

        let lines: Vec<_> = text.lines().filter(|line| !line.starts_with("# HELP")).collect();
        assert_eq!(
            lines,
            [
                "# TYPE process_open_fds gauge",
                "process_open_fds 12.5",
                "",
                "# TYPE scte_held gauge",
                "scte_held{service=\"content\"} 1",
                "",
                "# TYPE scte_parked_keys gauge",
                "scte_parked_keys{service=\"outreach\",feed=\"a \\\"b\\\"\\\\\\n\"} 2",
                "scte_parked_keys{service=\"outreach\",feed=\"commerce\"} 0",
                "",
            ]
        );
        assert!(text.contains("# HELP scte_held 1 while timers and calls"));
    }
}
