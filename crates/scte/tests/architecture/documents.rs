//! What the documents name exists: files, tests, links; and the decisions are all listed.

use std::fs;
use std::path::Path;

use crate::{none, root, services};

/// Folders that a path in a document may begin with.
const FOLDERS: &[&str] =
    &["bench/", "crates/", "data/", "deploy/", "docs/", "services/", "xtask/", ".ci/"];

/// What is wrong in one document. `exists` is asked for paths from the workspace's folder, and
/// `read` for what stands in them.
fn faults(document: &str, text: &str, read: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let mut said = Vec::new();
    let prose = without_blocks(text);
    for name in prose.split('`').skip(1).step_by(2) {
        if !FOLDERS.iter().any(|folder| name.starts_with(folder)) || is_a_pattern(name) {
            continue;
        }
        let (path, sought) = name.split_once('#').unwrap_or((name, ""));
        match read(path.trim_end_matches('/')) {
            None => said.push(format!("{document}: `{path}` does not exist")),
            Some(source) if !sought.is_empty() && !source.contains(&format!("fn {sought}(")) => {
                said.push(format!("{document}: `{path}` has no test `{sought}`"));
            }
            Some(_) => {}
        }
    }
    for target in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        let path = target.split('#').next().unwrap_or_default();
        let outside = target.contains("://") || path.is_empty();
        if !outside && read(&from(document, path)).is_none() {
            said.push(format!("{document}: the link to {target} leads nowhere"));
        }
    }
    said
}

/// The text with its fenced blocks left out: they are files to be written, not names.
fn without_blocks(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

/// A name with a part that stands for others: `services/NAME/tests`, `samples/<name>`.
fn is_a_pattern(name: &str) -> bool {
    name.contains(['*', '<', '{', ' ', '…']) || name.split('/').any(|step| step == "NAME")
}

/// Where a link in a document leads, from the workspace's folder.
fn from(document: &str, link: &str) -> String {
    let mut steps: Vec<_> = document.split('/').collect();
    steps.pop();
    for step in link.split('/') {
        match step {
            ".." => drop(steps.pop()),
            "." | "" => {}
            step => steps.push(step),
        }
    }
    steps.join("/")
}

/// The documents of the workspace, by their paths.
fn documents() -> Vec<String> {
    let mut found: Vec<_> = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .map(str::to_owned)
        .into();
    collect(Path::new("docs"), &mut found);
    found.extend(services().iter().map(|service| format!("services/{service}/README.md")));
    found
}

fn collect(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        if root().join(&path).is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|end| end == "md") {
            found.push(path.to_str().unwrap().to_owned());
        }
    }
}

/// What stands at a path; nothing to speak of for a folder and for a picture.
fn read(path: &str) -> Option<String> {
    let path = root().join(path);
    if path.is_dir() {
        return Some(String::new());
    }
    let bytes = fs::read(path).ok()?;
    Some(String::from_utf8(bytes).unwrap_or_default())
}

#[test]
fn documents_name_only_what_exists() {
    let documents = documents();

    assert!(documents.len() > 10, "the documents were not found");
    let all = documents.iter().flat_map(|path| match read(path) {
        Some(text) => faults(path, &text, &read),
        None => vec![format!("{path} is missing")],
    });
    none(&all.collect::<Vec<_>>());
}

#[test]
fn every_decision_is_listed() {
    let listed = read("docs/decisions/README.md").unwrap();
    let decisions = documents().into_iter().filter(|path| path.starts_with("docs/decisions/0"));
    let missing: Vec<_> =
        decisions.filter(|path| !listed.contains(path.rsplit('/').next().unwrap())).collect();

    none(&missing);
}

#[test]
fn the_rules_bite() {
    let there = |path: &str| match path {
        "crates/a.rs" => Some("#[test]\nfn it_holds() {}".to_owned()),
        "docs/howto" => Some(String::new()),
        _ => None,
    };
    let said = |text: &str| faults("docs/decisions/0001.md", text, &there).join("; ");

    assert_eq!(said("`crates/a.rs`, `crates/a.rs#it_holds`, `up --demo`, [how](../howto#x)"), "");
    assert_eq!(said("`services/NAME/tests`, `crates/*/src`, [web](https://example.org)"), "");
    assert_eq!(said("```text\n`crates/gone.rs`\n```"), "");
    assert!(said("`crates/gone.rs`").contains("does not exist"));
    assert!(said("`crates/a.rs#it_is_gone`").contains("has no test `it_is_gone`"));
    assert!(said("[how](../gone.md)").contains("leads nowhere"));
}
