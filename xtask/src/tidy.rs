//! What no tool of the toolchain checks: manifests that inherit, and first lines that say what for.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::Outcome;
use crate::workspace::Workspace;

/// Looks at every manifest and source of the workspace.
pub(crate) fn everything(workspace: &Workspace) -> Outcome {
    let mut faults = Vec::new();
    for manifest in &workspace.manifests {
        let text = read(manifest)?;
        let said = manifest_faults(&text).into_iter().map(|fault| at(workspace, manifest, &fault));
        faults.extend(said);
    }
    for folder in ["bench", "crates", "services", "xtask"] {
        let mut sources = Vec::new();
        rust_files(&workspace.root.join(folder), &mut sources)?;
        for source in sources {
            let fault = source_fault(&read(&source)?);
            faults.extend(fault.map(|fault| at(workspace, &source, fault)));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(format!("not tidy:\n  {}", faults.join("\n  "))) }
}

fn at(workspace: &Workspace, file: &Path, fault: &str) -> String {
    format!("{}: {fault}", file.strip_prefix(&workspace.root).unwrap_or(file).display())
}

fn read(file: &Path) -> Outcome<String> {
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) -> Outcome {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

/// What a package's manifest does not leave to the workspace.
fn manifest_faults(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut section = String::new();
    let mut inherits_lints = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with('[') {
            line.clone_into(&mut section);
        } else if section == "[lints]" {
            inherits_lints |= line.replace(' ', "") == "workspace=true";
        } else if section.ends_with("dependencies]") && !line.starts_with('#') {
            let inherits = line.replace(' ', "").contains("workspace=true");
            if !inherits {
                faults.push(format!("`{line}` is to be a dependency of the workspace"));
            }
        }
    }
    if !inherits_lints {
        faults.push("add `[lints]` with `workspace = true`".to_owned());
    }
    faults
}

/// What a source's first line lacks.
fn source_fault(text: &str) -> Option<&'static str> {
    let first = text.lines().next().unwrap_or_default();
    let words = first.strip_prefix("//!").map(|rest| rest.split_whitespace().count());
    match words {
        None => Some("the first line is to be `//!` and say what the file is for"),
        Some(0 | 1) => Some("the first line says too little of what the file is for"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_leaves_lints_and_dependencies_to_the_workspace() {
        let good = "[lints]\nworkspace = true\n\n[dependencies]\n# why\nuuid.workspace = true\n\
                    a = { workspace = true, optional = true }";
        assert!(manifest_faults(good).is_empty());

        let bad = "[package]\nversion.workspace = true\n[dev-dependencies]\nuuid = \"1\"";
        let faults = manifest_faults(bad);
        assert_eq!(faults.len(), 2);
        assert!(faults[0].contains("uuid = \"1\""));
        assert!(faults[1].contains("[lints]"));
    }

    #[test]
    fn a_file_says_on_its_first_line_what_it_is_for() {
        assert_eq!(source_fault("//! Table `terms`.\n"), None);
        assert!(source_fault("use std::fs;\n").is_some());
        assert!(source_fault("//! x\n").is_some());
        assert!(source_fault("").is_some());
    }
}
