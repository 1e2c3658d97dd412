//! The catalogue says what there is: compared with the sources, with the page of the reference and
//! with the alarms.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs")
            && !path.ends_with("telemetry/catalogue.rs")
            && !path.ends_with("telemetry/catalogue_tests.rs")
        {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

/// The names of metrics that stand in the sources, as texts.
fn recorded() -> BTreeSet<String> {
    let mut texts = Vec::new();
    for folder in ["crates/messaging/src", "crates/chassis/src", "crates/scte/src"] {
        sources(&root().join(folder), &mut texts);
    }
    let is_name = |text: &&str| {
        let known = text.starts_with("scte_") || text.starts_with("process_");
        known && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
    };
    // Names that begin like metrics and are none: a cookie, a reference to a database.
    let others = ["scte_session", "scte_seen", "scte_csrf", "scte_continue"];
    texts
        .iter()
        .flat_map(|text| text.split('"'))
        .filter(is_name)
        .filter(|name| !others.contains(name) && !name.ends_with('_'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_metric_that_is_recorded_is_described_and_the_other_way_round() {
    let described: BTreeSet<String> = METRICS.iter().map(|one| one.name.to_owned()).collect();
    assert_eq!(described.len(), METRICS.len(), "one of them stands there twice");

    let recorded = recorded();

    assert_eq!(recorded.difference(&described).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!(described.difference(&recorded).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn names_say_units_and_kinds() {
    for Metric { name, kind, unit, meaning, .. } in METRICS {
        assert_eq!(name.ends_with("_total"), *kind == Counter, "{name}");
        let seconds = name.ends_with("_seconds") || name.ends_with("_seconds_total");
        assert_eq!(seconds, *unit == "s", "{name}");
        assert!(!meaning.ends_with('.') && !meaning.contains('\n'), "{name}: {meaning}");
    }
}

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Alarm>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alarm {
    alert: String,
    expr: String,
    r#for: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

fn alarms() -> Vec<Alarm> {
    let text = std::fs::read_to_string(root().join("deploy/prometheus/rules.yml")).unwrap();
    let rules: Rules = serde_saphyr::from_str(&text).unwrap();
    rules.groups.into_iter().flat_map(|group| group.rules).collect()
}

/// What Prometheus itself knows.
const OF_PROMETHEUS: &[(&str, &[&str])] = &[("up", &["job", "instance"])];

/// The labels of a metric as a rule may name it: a histogram by its parts.
fn labels_of(name: &str) -> Option<Vec<&'static str>> {
    if let Some((_, labels)) = OF_PROMETHEUS.iter().find(|(known, _)| *known == name) {
        return Some(labels.to_vec());
    }
    let of_histogram = |part: &str| {
        let metric = find(name.strip_suffix(part)?)?;
        (metric.kind == Histogram).then_some(metric)
    };
    if let Some(metric) = of_histogram("_bucket") {
        return Some([metric.labels, &["le"]].concat());
    }
    let metric = of_histogram("_sum").or_else(|| of_histogram("_count"));
    let metric = metric.or_else(|| find(name).filter(|metric| metric.kind != Histogram))?;
    Some(metric.labels.to_vec())
}

/// What an expression names: metrics with the labels that choose among them, and the labels that it
/// groups by.
#[derive(Debug, Default, PartialEq, Eq)]
struct Named {
    metrics: Vec<(String, Vec<String>)>,
    grouped: Vec<String>,
}

/// Reads an expression as far as names go: what stands in `{}` and behind `by` are labels, what is
/// followed by `(` is a function, and what remains is a metric.
fn named(expr: &str) -> Named {
    const WORDS: &[&str] = &["and", "or", "unless", "bool", "offset"];
    let mut named = Named::default();
    let mut rest = expr;
    while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        let from = &rest[at..];
        let length = from.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        let (word, behind) = from.split_at(length.unwrap_or(from.len()));
        rest = behind.trim_start();
        let list = |open: char, close: char| {
            let (inside, after) = rest.strip_prefix(open)?.split_once(close)?;
            Some((inside.to_owned(), after.len()))
        };
        if word.starts_with(|c: char| c.is_ascii_digit()) || WORDS.contains(&word) {
        } else if ["by", "without", "on", "ignoring"].contains(&word) {
            let (inside, left) = list('(', ')').unwrap();
            named.grouped.extend(inside.split(',').map(|label| label.trim().to_owned()));
            rest = &rest[rest.len() - left..];
        } else if rest.starts_with('(') || rest.starts_with("by ") {
            // A function or an aggregation.
        } else {
            let mut chosen = Vec::new();
            if let Some((inside, left)) = list('{', '}') {
                let label =
                    |one: &str| one.split(['=', '!']).next().unwrap_or("").trim().to_owned();
                chosen.extend(inside.split(',').map(label));
                rest = &rest[rest.len() - left..];
            }
            named.metrics.push((word.to_owned(), chosen));
        }
    }
    named
}

#[test]
fn an_expression_is_read_as_far_as_names_go() {
    let read =
        named("sum by (service, le) (rate(a_bucket{x=\"5xx\",y!=\"z\"}[5m])) / b > 0.02 or c == 1");
    let metric = |name: &str, labels: &[&str]| {
        (name.to_owned(), labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(read.metrics, [metric("a_bucket", &["x", "y"]), metric("b", &[]), metric("c", &[])]);
    assert_eq!(read.grouped, ["service", "le"]);
}

#[test]
fn alarms_name_only_what_there_is() {
    let alarms = alarms();
    assert!(alarms.len() >= 10, "{}", alarms.len());
    for Alarm { alert, expr, r#for, labels, annotations } in &alarms {
        let named = named(expr);
        assert!(!named.metrics.is_empty(), "{alert}");
        let mut known: Option<BTreeSet<&str>> = None;
        for (metric, chosen) in &named.metrics {
            let labels = labels_of(metric).unwrap_or_else(|| panic!("{alert}: no metric {metric}"));
            for label in chosen {
                assert!(labels.contains(&label.as_str()), "{alert}: {metric} has no label {label}");
            }
            let labels: BTreeSet<&str> = labels.into_iter().collect();
            known = Some(known.map_or(labels.clone(), |known| &known & &labels));
        }
        let known = known.unwrap();
        for label in &named.grouped {
            assert!(known.contains(label.as_str()), "{alert}: grouped by {label}");
        }
        // A text may name what is left after grouping.
        for label in annotations.values().flat_map(|text| text.split("$labels.").skip(1)) {
            let end = label.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap();
            let (label, grouped) = (&label[..end], &named.grouped);
            let left = grouped.is_empty() || grouped.iter().any(|one| one == label);
            assert!(known.contains(label) && left, "{alert}: no label {label} to name");
        }
        assert!(annotations.contains_key("summary") && annotations.contains_key("do"), "{alert}");
        assert!(["page", "ticket"].contains(&labels["severity"].as_str()), "{alert}");
        assert!(r#for.ends_with('m'), "{alert}");
    }
}

#[test]
fn the_rules_of_alarms_bite() {
    assert_eq!(labels_of("scte_consumer_lagg"), None);
    assert_eq!(labels_of("scte_http_request_seconds"), None, "a histogram is named by its parts");
    assert_eq!(labels_of("scte_http_request_seconds_bucket"), Some(vec!["service", "le"]));
    assert_eq!(labels_of("scte_consumer_lag_bucket"), None);
}

/// Prometheus's own tool agrees, where it is installed.
#[test]
fn prometheus_can_read_the_alarms() {
    let rules = root().join("deploy/prometheus/rules.yml");
    let checked =
        std::process::Command::new("promtool").arg("check").arg("rules").arg(rules).output();
    let Ok(checked) = checked else { return };
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(checked.status.success(), "{said}");
}

/// The page of the reference.
fn page() -> String {
    let alarms = alarms();
    let watched = |name: &str| {
        let names = |alarm: &&Alarm| {
            let of = |metric: &String| {
                metric == name || metric.strip_suffix("_bucket").is_some_and(|one| one == name)
            };
            named(&alarm.expr).metrics.iter().any(|(metric, _)| of(metric))
        };
        let alarms: Vec<_> =
            alarms.iter().filter(names).map(|alarm| format!("`{}`", alarm.alert)).collect();
        alarms.join(", ")
    };
    let mut page = String::from(
        "# Metrics\n\n\
         Every process answers `GET /-/metrics` in Prometheus's text format, to a reader's token only:\n\n\
         ```sh\ncurl -H \"Authorization: Bearer $(scte feed-token prometheus)\" http://127.0.0.1:8321/-/metrics\n```\n\n\
         nginx does not pass this address on: Prometheus asks each process itself. What waits in a\n\
         service is read from its database when it is asked for, so a replica that does not lead says\n\
         the same as the leader. The alarms are those of `deploy/prometheus/rules.yml`.\n\n\
         This page is written by the test that compares it with the program.\n\n\
         | metric | kind | unit | labels | what it says | alarm |\n|---|---|---|---|---|---|\n",
    );
    for Metric { name, kind, unit, labels, meaning } in METRICS {
        let labels = labels.join(", ");
        let _ = writeln!(
            page,
            "| `{name}` | {} | {unit} | {labels} | {meaning} | {} |",
            kind.word(),
            watched(name)
        );
    }
    page
}

#[test]
fn the_reference_says_what_there_is() {
    let page = page();
    let kept =
        std::fs::read_to_string(root().join("docs/reference/metrics.md")).unwrap_or_default();
    if kept != page {
        let written = root().join("target/metrics.md");
        std::fs::write(&written, &page).unwrap();
        panic!("docs/reference/metrics.md is old: copy {} over it", written.display());
    }
}
