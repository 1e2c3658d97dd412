//! Follows the how-tos word by word, in a copy of the workspace: what they say compiles, and the
//! tests they write pass.

#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A step of a how-to: a fenced block whose first line says where its content goes.
#[derive(Debug, PartialEq)]
enum Step {
    /// `file=PATH`: a new file.
    File { path: String, content: String },
    /// `append=PATH`: at the end of a file.
    Append { path: String, content: String },
    /// `insert=PATH before="TEXT"`: before the first line that contains the text.
    Insert { path: String, before: String, content: String },
    /// `replace=PATH text="TEXT"`: in the place of the text.
    Replace { path: String, text: String, content: String },
}

/// The steps of a how-to, in order. Blocks that name no file are for people to read or run.
fn steps(document: &str) -> Vec<Step> {
    let mut found = Vec::new();
    for block in document.split("\n```").skip(1).step_by(2) {
        let (head, content) = block.split_once('\n').unwrap_or((block, ""));
        let content = format!("{content}\n");
        let word = |name: &str| {
            let (_, rest) = head.split_once(&format!(" {name}="))?;
            // Quoted either way, so that the text may have quotes of the other.
            let quote = rest.chars().next().filter(|first| ['"', '\''].contains(first));
            let value = match quote {
                Some(quote) => rest[1..].split(quote).next(),
                None => rest.split(' ').next(),
            };
            value.map(str::to_owned)
        };
        let step = if let Some(path) = word("file") {
            Step::File { path, content }
        } else if let Some(path) = word("append") {
            Step::Append { path, content }
        } else if let (Some(path), Some(before)) = (word("insert"), word("before")) {
            Step::Insert { path, before, content }
        } else if let (Some(path), Some(text)) = (word("replace"), word("text")) {
            Step::Replace { path, text, content: content.trim_end().to_owned() }
        } else {
            continue;
        };
        found.push(step);
    }
    found
}

/// What a file says after a step; `old` is what it said before.
fn after(step: &Step, old: Option<&str>) -> Result<String, String> {
    let there = |path: &str| old.map(str::to_owned).ok_or_else(|| format!("{path} does not exist"));
    match step {
        Step::File { path, content } => match old {
            Some(_) => Err(format!("{path} exists already")),
            None => Ok(content.clone()),
        },
        Step::Append { path, content } => Ok(there(path)? + content),
        Step::Insert { path, before, content } => {
            let text = there(path)?;
            let at = text
                .find(before.as_str())
                .ok_or_else(|| format!("{path} does not say {before}"))?;
            let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
            Ok(format!("{}{content}{}", &text[..start], &text[start..]))
        }
        Step::Replace { path, text, content } => {
            let old = there(path)?;
            if !old.contains(text.as_str()) {
                return Err(format!("{path} does not say {text}"));
            }
            Ok(old.replacen(text.as_str(), content, 1))
        }
    }
}

fn path_of(step: &Step) -> &str {
    match step {
        Step::File { path, .. }
        | Step::Append { path, .. }
        | Step::Insert { path, .. }
        | Step::Replace { path, .. } => path,
    }
}

/// The files of the workspace as git would take them.
fn files(root: &Path) -> Vec<String> {
    let list = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let output = Command::new("git").args(list).current_dir(root).output().unwrap();
    assert!(output.status.success(), "the copy is made of what git lists: {output:?}");
    let listed = String::from_utf8(output.stdout).unwrap();
    listed.lines().filter(|file| root.join(file).is_file()).map(str::to_owned).collect()
}

/// Writes what is new only, so that cargo compiles only that.
fn write(file: &Path, content: &[u8]) {
    if fs::read(file).is_ok_and(|old| old == content) {
        return;
    }
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, content).unwrap();
}

/// Removes what an earlier run left and this one does not have.
fn remove_others(folder: &Path, keep: &dyn Fn(&Path) -> bool) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            remove_others(&path, keep);
        } else if !keep(&path) {
            fs::remove_file(&path).unwrap();
        }
    }
}

/// Runs cargo in the copy. What it prints is shown only when it fails: its closing lines are not
/// those of this test run.
fn cargo(copy: &Path, target: &Path, args: &[&str]) {
    let output = Command::new(env!("CARGO"))
        .args(args)
        .arg("--offline")
        .current_dir(copy)
        .env("CARGO_TARGET_DIR", target)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "`cargo {}` failed in {}:\n{}{}",
        args.join(" "),
        copy.display(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}

#[test]
fn the_howtos_can_be_followed_word_by_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    // In the same place at every run: what was compiled there is found again.
    let copy = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("howto");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let mut texts: std::collections::BTreeMap<String, Vec<u8>> = files(&root)
        .into_iter()
        .map(|file| (file.clone(), fs::read(root.join(file)).unwrap()))
        .collect();

    for howto in ["docs/howto/add-a-message.md", "docs/howto/add-a-service.md"] {
        let document = String::from_utf8(texts[howto].clone()).unwrap();
        let steps = steps(&document);
        assert!(steps.len() >= 3, "{howto} has too few steps");
        for step in &steps {
            let path = path_of(step);
            let old = texts.get(path).map(|text| std::str::from_utf8(text).unwrap());
            let new = after(step, old).unwrap_or_else(|why| panic!("{howto}: {why}"));
            texts.insert(path.to_owned(), new.into_bytes());
        }
    }
    // Another version: cargo takes packages of the same name, version and place in their workspace
    // for the same, and would mix up what it compiled of the copy with what it compiled of us.
    let manifest = String::from_utf8(texts["Cargo.toml"].clone()).unwrap();
    let ours = format!("version = \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(manifest.contains(&ours));
    let others = manifest.replacen(&ours, "version = \"0.0.0-howto\"", 1);
    texts.insert("Cargo.toml".to_owned(), others.into_bytes());
    for (file, content) in &texts {
        write(&copy.join(file), content);
    }
    let written_by_steps = |path: &Path| {
        let inside = path.strip_prefix(&copy).unwrap().to_str().unwrap();
        texts.contains_key(inside)
    };
    remove_others(&copy, &written_by_steps);

    cargo(&copy, target, &["run", "--quiet", "-p", "contracts", "--example", "schemas"]);
    cargo(&copy, target, &["test", "--quiet", "-p", "contracts", "-p", "careers"]);
    cargo(&copy, target, &["check", "--quiet", "-p", "scte"]);
}

#[test]
fn steps_are_read_and_carried_out() {
    let document = "# How\n\n```sh\ncargo run\n```\n\n```rust file=a.rs\nfn a() {}\n```\n\n\
                    ```rust insert=a.rs before=\"fn a() {\"\n// why\n```\n\n\
                    ```rust append=a.rs\nfn b() {}\n```\n\n```rust replace=a.rs text='b()'\nc()\n```\n";
    let steps = steps(document);
    assert_eq!(steps.len(), 4);

    let mut text = None;
    for step in &steps {
        text = Some(after(step, text.as_deref()).unwrap());
    }

    assert_eq!(text.as_deref(), Some("// why\nfn a() {}\nfn c() {}\n"));
    assert!(after(&steps[0], text.as_deref()).unwrap_err().contains("exists already"));
    assert!(after(&steps[1], Some("")).unwrap_err().contains("does not say fn a() {"));
    assert!(after(&steps[2], None).unwrap_err().contains("does not exist"));
    assert!(after(&steps[3], Some("")).unwrap_err().contains("does not say b()"));
}
