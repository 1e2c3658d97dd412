//! The rules of the architecture, checked on the sources; and the rules themselves, checked on
//! what must fail.

#![cfg(test)]

mod source;
mod edges;
mod sources;
mod messages;
mod documents;
mod migrations;

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand};

use source::Source;

/// The folder of the workspace.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn metadata() -> Metadata {
    MetadataCommand::new().current_dir(root()).no_deps().exec().unwrap()
}

/// The names of the services: the folders of `services/`.
fn services() -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(root().join("services"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().join("Cargo.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Every Rust file of the workspace's own folders.
fn all_sources() -> Vec<Source> {
    let root = root();
    let mut found = Vec::new();
    for folder in ["bench", "crates", "services", "xtask"] {
        collect(&root, &root.join(folder), &mut found);
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let inside = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            found.push(Source::new(&inside, &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Fails with every fault on a line of its own.
fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n  {}\n", faults.join("\n  "));
}
