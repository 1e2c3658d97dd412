//! `browser`: the tests in the browser alone, and the pictures that they take.

use std::fs;
use std::path::{Path, PathBuf};

use crate::install;
use crate::run::{Outcome, run};
use crate::workspace::Workspace;

/// Where the pictures of the README are.
const PICTURES: &str = "docs/screenshots";

/// More than this has no place in a repository that is cloned often.
const MOST_BYTES: u64 = 150_000;

/// Runs the tests in the browser and takes the pictures; of every page into `all`, when it is given.
pub(crate) fn everything(all: Option<&str>) -> Outcome {
    let workspace = Workspace::here()?;
    let node = install::browser(&workspace)?;
    let pictures = workspace.root.join(PICTURES);
    let args = ["test", "-p", "scte", "--test", "browser", "--", "--include-ignored"];
    let mut test = workspace.cargo(&args);
    test.env("SCTE_TEST_NODE", &node).env("SCTE_TEST_SHOTS", &pictures);
    if let Some(folder) = all {
        let folder = std::path::absolute(folder).map_err(|error| error.to_string())?;
        test.env("SCTE_TEST_PAGES", folder);
    }
    run(&mut test, "What went wrong stands above.")?;
    let taken = pngs(&pictures)?;
    install::smaller(&taken, &workspace.root)?;
    for picture in &taken {
        let bytes = fs::metadata(picture).map_err(|error| error.to_string())?.len();
        if bytes > MOST_BYTES {
            return Err(format!("{} has {bytes} bytes: show less of the page", picture.display()));
        }
    }
    Ok(())
}

/// The pictures in a folder.
fn pngs(folder: &Path) -> Outcome<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        if path.extension().is_some_and(|end| end == "png") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
